#!/usr/bin/env node
// Takes out of an image what differs from build to build: the ids of the containers in which it
// was made, their host names, the ids of images in between. `buildah push IMAGE dir:FOLDER`
// before, `buildah pull dir:FOLDER` behind. Layers stay as they are.
//
//   node settle.mjs FOLDER      prints the digest of the manifest
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('settle.mjs FOLDER');
  process.exit(2);
}
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const read = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));

const manifest = read('manifest.json');
const old = manifest.config.digest.replace('sha256:', '');
const config = read(old);
delete config.container;
delete config.container_config;
delete config.parent;
delete config.config.Hostname;
for (const step of config.history ?? []) delete step.comment;

const bytes = Buffer.from(JSON.stringify(config));
fs.rmSync(path.join(folder, old));
fs.writeFileSync(path.join(folder, sha256(bytes)), bytes);
manifest.config.digest = `sha256:${sha256(bytes)}`;
manifest.config.size = bytes.length;
const text = JSON.stringify(manifest);
fs.writeFileSync(path.join(folder, 'manifest.json'), text);
console.log(`sha256:${sha256(text)}`);
