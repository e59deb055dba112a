#!/usr/bin/env node
// clang-tidy over the build's compile commands, two files at a time. What it said about a
// file is kept by a hash of everything that it read: the file, our headers that it includes,
// the command and .clang-tidy. So a rerun looks only at what changed.
//
//   node tests/lint/tidy.mjs BUILD_DIR [PATTERN]
import { execFile, execFileSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const root = process.cwd();
const build = path.resolve(process.argv[2] ?? 'build');
const pattern = new RegExp(process.argv[3] ?? '');
const cache = path.join(build, 'tidy');
fs.mkdirSync(cache, { recursive: true });

// Boost.Asio offers its coroutines only to compilers that announce them as g++ does.
const coroutines = ' -D__cpp_impl_coroutine=201902L -DBOOST_ASIO_HAS_CO_AWAIT -DBOOST_ASIO_HAS_STD_COROUTINE';

/** g++ flags that clang does not know, and the precompiled header that it cannot read. */
function forClang(command, file) {
  return command
    .replace(/^.*?(?=\S*\/(?:c\+\+|g\+\+|clang\+\+)[^\s]* )/, '')
    .replace(/ -Winvalid-pch/g, '')
    .replace(/ -include \S*cmake_pch\.hxx/g, '')
    .replace(/ -o \S+ -c/, `${file.includes('/gateway/http/') ? coroutines : ''} -c`);
}

/** object -> files of ours that it was made from, as ninja recorded them. */
function dependencies() {
  const text = execFileSync('ninja', ['-C', build, '-t', 'deps'], { maxBuffer: 1 << 30 }).toString();
  const map = new Map();
  let current;
  for (const line of text.split('\n')) {
    if (line.startsWith('    ')) {
      const file = path.resolve(build, line.trim());
      const ours = file.startsWith(`${root}/`) && !file.includes('/cmake_pch');
      if (ours) current?.push(file);
    } else if (line.includes(': #deps')) {
      current = [];
      map.set(path.resolve(build, line.slice(0, line.indexOf(': #deps'))), current);
    }
  }
  return map;
}

const hashes = new Map();
function hashOf(file) {
  if (!hashes.has(file)) {
    const content = fs.existsSync(file) ? fs.readFileSync(file) : '';
    hashes.set(file, crypto.createHash('sha256').update(content).digest('hex'));
  }
  return hashes.get(file);
}

const entries = JSON.parse(fs.readFileSync(path.join(build, 'compile_commands.json'), 'utf8'))
  .filter(({ file }) => file.startsWith(`${root}/`) && !file.startsWith(`${build}/`))
  .filter(({ file }) => pattern.test(file));
const commands = entries.map((entry) => ({
  directory: entry.directory, file: entry.file, command: forClang(entry.command, entry.file),
}));
fs.writeFileSync(path.join(cache, 'compile_commands.json'), JSON.stringify(commands));

const deps = dependencies();
const version = execFileSync('clang-tidy', ['--version']).toString();
const jobs = entries.map((entry, index) => {
  const object = path.resolve(build, / -o (\S+)/.exec(entry.command)?.[1] ?? '');
  const hash = crypto.createHash('sha256').update(version).update(hashOf(path.join(root, '.clang-tidy')));
  hash.update(commands[index].command).update(hashOf(entry.file));
  for (const file of deps.get(object) ?? []) hash.update(file).update(hashOf(file));
  return { file: entry.file, kept: path.join(cache, hash.digest('hex')) };
});

/** The finding text of one file; empty when it is clean. What a test copies does not matter. */
function look(file) {
  const less = /_test\.cc$|\/testing[_/]/.test(file) ? ['--checks=-performance-unnecessary-value-param'] : [];
  return new Promise((resolve) => {
    execFile('clang-tidy', ['-p', cache, '--quiet', ...less, file], { maxBuffer: 1 << 26 }, (error, stdout, stderr) => {
      const noise = /^\d+ warnings? (and \d+ errors? )?generated|^Suppressed |^Use -header-filter/;
      const text = stdout.split('\n').filter((line) => !noise.test(line)).join('\n').trim();
      if (text === '' && error) resolve(stderr.trim() || String(error));
      else resolve(text);
    });
  });
}

const todo = jobs.filter(({ kept }) => !fs.existsSync(kept));
console.log(`clang-tidy: ${jobs.length} tệp, ${todo.length} cần xem lại  /  ${jobs.length} files, ${todo.length} to look at`);
let next = 0;
await Promise.all([0, 1].map(async () => {
  while (next < todo.length) {
    const number = ++next;
    const { file, kept } = todo[number - 1];
    const text = await look(file);
    fs.writeFileSync(kept, text);
    if (text !== '') console.log(text);
    if (number % 20 === 0) console.log(`  ${number}/${todo.length}`);
  }
}));
let bad = 0;
for (const { file, kept } of jobs) {
  const text = fs.readFileSync(kept, 'utf8');
  if (text === '') continue;
  bad++;
  if (!todo.some((job) => job.kept === kept)) console.log(text);
  console.log(`  ✗ ${path.relative(root, file)}`);
}
console.log(bad === 0 ? 'clang-tidy: không có cảnh báo  /  nothing found' : `clang-tidy: ${bad} tệp có cảnh báo  /  files with findings`);
process.exitCode = bad === 0 ? 0 : 1;
