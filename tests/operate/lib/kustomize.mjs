// What `kubectl kustomize` does to the folders of deploy/kubernetes, as far as they need it, so
// that the manifests are checked on machines without it. It knows five things: resources, namespace,
// images, replicas, and patches by files (merged by Kubernetes' rules for maps; lists are taken
// whole). For anything else it throws. Where kubectl is there, a test compares the two.
import fs from 'node:fs';
import path from 'node:path';
import YAML from 'yaml';

const KNOWN = ['apiVersion', 'kind', 'namespace', 'resources', 'images', 'replicas', 'patches'];

/** The objects of a YAML text. YAML 1.1, as Kubernetes reads it: 0440 is octal there. */
export function objectsOf(text) {
  return YAML.parseAllDocuments(text, { version: '1.1', merge: true }).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  }).filter((object) => object !== null);
}

const idOf = (object) => `${object.kind}/${object.metadata.name}`;

function merged(base, patch) {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch) ||
    base === null || typeof base !== 'object' || Array.isArray(base)) return patch;
  const result = { ...base };
  for (const [key, value] of Object.entries(patch)) {
    result[key] = key in base ? merged(base[key], value) : value;
  }
  return result;
}

function each(value, visit) {
  if (value === null || typeof value !== 'object') return;
  visit(value);
  for (const inner of Object.values(value)) each(inner, visit);
}

/** `localhost/phoihop/x:tag` as [name, tag]. */
function imageParts(image) {
  const colon = image.lastIndexOf(':');
  return colon > image.lastIndexOf('/') ? [image.slice(0, colon), image.slice(colon + 1)] : [image, undefined];
}

/** The objects that a folder with a kustomization.yaml stands for. */
export function resolve(folder) {
  const [kustomization] = objectsOf(fs.readFileSync(path.join(folder, 'kustomization.yaml'), 'utf8'));
  for (const key of Object.keys(kustomization)) {
    if (!KNOWN.includes(key)) throw new Error(`${folder}: this resolver does not know ${key}`);
  }
  let objects = (kustomization.resources ?? []).flatMap((name) => {
    const file = path.join(folder, name);
    return fs.statSync(file).isDirectory() ? resolve(file) : objectsOf(fs.readFileSync(file, 'utf8'));
  });
  const ids = objects.map(idOf);
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice) throw new Error(`${folder}: ${twice} is there twice`);

  for (const { path: file, ...rest } of kustomization.patches ?? []) {
    if (!file || Object.keys(rest).length > 0) throw new Error(`${folder}: only patches by path are known`);
    for (const patch of objectsOf(fs.readFileSync(path.join(folder, file), 'utf8'))) {
      if (!ids.includes(idOf(patch))) throw new Error(`${folder}: ${file} patches ${idOf(patch)}, which is not there`);
      objects = objects.map((object) => (idOf(object) === idOf(patch) ? merged(object, patch) : object));
    }
  }
  for (const { name, count } of kustomization.replicas ?? []) {
    const found = objects.filter((object) => object.metadata.name === name && 'replicas' in (object.spec ?? {}));
    if (found.length !== 1) throw new Error(`${folder}: replicas of ${name}`);
    found[0].spec.replicas = count;
  }
  for (const { name, newName = name, newTag } of kustomization.images ?? []) {
    each(objects, (value) => {
      if (typeof value.image !== 'string') return;
      const [is, tag] = imageParts(value.image);
      if (is === name) value.image = `${newName}:${newTag ?? tag}`;
    });
  }
  if (kustomization.namespace) {
    for (const object of objects) {
      if (object.kind !== 'Namespace') object.metadata.namespace = kustomization.namespace;
    }
  }
  return objects;
}
