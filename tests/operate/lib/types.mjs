// Checks Kubernetes objects against the types of npm's kubernetes-models: each becomes a literal of
// its type in a TypeScript file, where the compiler refuses unknown fields and wrong values.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** `apps/v1` -> `kubernetes-models/apps/v1`; short groups are folders, long ones too. */
const moduleOf = (apiVersion) => `kubernetes-models/${apiVersion}`;

function literal(object, index, expectError) {
  const type = `I${object.kind}`;
  const lines = JSON.stringify(object, null, 1).split('\n');
  const { at } = expectError ?? {};
  if (at !== undefined) {
    const line = lines.findIndex((text) => text.trim().startsWith(`"${at}"`));
    if (line < 0) throw new Error(`${at} is not in the object`);
    lines.splice(line, 0, '// @ts-expect-error');
  }
  return `import { ${type} as T${index} } from ${JSON.stringify(moduleOf(object.apiVersion))};\n` +
    `export const o${index}: T${index} = ${lines.join('\n')};\n`;
}

/**
 * Compiles the objects; `mistakes` are {object, at}, of which the compiler must refuse the field
 * `at`. Gives what the compiler says, empty when it is content.
 */
export function typeErrors(objects, mistakes = []) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phoihop-types-'));
  try {
    fs.symlinkSync(path.join(here, 'node_modules'), path.join(folder, 'node_modules'));
    const text = [
      ...objects.map((object, index) => literal(object, index)),
      ...mistakes.map((mistake, index) => literal(mistake.object, objects.length + index, mistake)),
    ].join('\n');
    fs.writeFileSync(path.join(folder, 'objects.ts'), text);
    fs.writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({
      compilerOptions: {
        noEmit: true, strict: true, skipLibCheck: true, preserveSymlinks: true, types: [],
        target: 'es2020', module: 'nodenext', moduleResolution: 'nodenext',
      },
      files: ['objects.ts'],
    }));
    const { status, stdout, stderr } = spawnSync(process.execPath,
      [path.join(here, 'node_modules/typescript/lib/tsc.js'), '--project', folder],
      { cwd: folder, encoding: 'utf8', timeout: 120_000 });
    if (status === 0) return '';
    return `${stdout}${stderr}` || `tsc ended with ${status}`;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}
