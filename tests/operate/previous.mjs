// The programs of the release before this one, taken from the repository and built aside:
//
//   previous.mjs [--help]  builds them unless they are there, and prints their folder
//
// PHOIHOP_PREVIOUS_BIN names a folder with programs that are built already; PHOIHOP_PREVIOUS
// another commit than the release's; PHOIHOP_PREVIOUS_CACHE where it is built
// (~/.cache/phoihop/previous, a folder for each commit, which may be removed at any time).
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, SERVICES } from '../journeys/lib/system.mjs';

const git = (...args) => spawnSync('git', ['-C', root, ...args], { encoding: 'utf8' });

/** `1.2.3` as a number to sort by. */
const order = (version) => version.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);

/** {version, commit} of the newest release that this source comes from: a tag, or a line of deploy/releases. */
export function previousRelease() {
  const releases = new Map();
  for (const line of fs.readFileSync(path.join(root, 'deploy/releases'), 'utf8').split('\n')) {
    const match = /^([\d.]+)\s+([0-9a-f]{40})\b/.exec(line);
    if (match) releases.set(match[1], match[2]);
  }
  for (const tag of git('tag', '--list', 'v[0-9]*').stdout.split('\n')) {
    if (/^v\d+\.\d+\.\d+$/.test(tag)) releases.set(tag.slice(1), git('rev-list', '-n', '1', tag).stdout.trim());
  }
  const head = git('rev-parse', 'HEAD').stdout.trim();
  const [version] = [...releases.keys()].sort((a, b) => order(b) - order(a))
    .filter((other) => releases.get(other) !== head && git('merge-base', '--is-ancestor', releases.get(other), head).status === 0);
  if (version === undefined) {
    throw new Error('Không tìm thấy bản phát hành trước trong kho mã này (bản sao nông?): git fetch --unshallow --tags. / ' +
      'No earlier release is in this clone (a shallow one?): git fetch --unshallow --tags.');
  }
  return { version, commit: releases.get(version) };
}

/** {programs, what}: the folder of the previous programs, built when they are not there. */
export function previousPrograms() {
  const given = process.env.PHOIHOP_PREVIOUS_BIN;
  if (given) return { programs: given, what: given };
  const release = process.env.PHOIHOP_PREVIOUS ? { commit: process.env.PHOIHOP_PREVIOUS } : previousRelease();
  const wanted = release.commit;
  const commit = git('rev-parse', '--verify', '--quiet', `${wanted}^{commit}`).stdout.trim();
  if (commit === '') {
    throw new Error(`Kho mã này không có commit ${wanted} (bản sao nông?): git fetch --unshallow. / ` +
      `This clone has no commit ${wanted} (a shallow one?): git fetch --unshallow.`);
  }
  const cache = process.env.PHOIHOP_PREVIOUS_CACHE ?? path.join(process.env.XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache'), 'phoihop/previous');
  const folder = path.join(cache, commit);
  const programs = path.join(folder, 'build/bin');
  const what = release.version ? `${release.version} (${commit.slice(0, 7)})` : commit.slice(0, 7);
  if (fs.existsSync(path.join(folder, 'built'))) return { programs, what };
  console.error(`• Đang biên dịch bản trước ${what} / building the previous version ${what} in ${folder}`);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  execFileSync('sh', ['-c', 'git -C "$1" archive "$2" | tar -x -C "$3"', '-', root, commit, folder]);
  const run = (...command) => {
    // By paths within the folder, so that the build of the next release finds what this one compiled.
    const result = spawnSync(command[0], command.slice(1), {
      cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, CCACHE_BASEDIR: folder, CCACHE_NOHASHDIR: '1' },
    });
    if (result.status !== 0) throw new Error(`${command.join(' ')}: ${result.status}`);
  };
  // The contracts of google/api come with the packages of the build.
  run('npm', 'ci', '--ignore-scripts', '--no-progress', '--loglevel=error');
  run('cmake', '--preset', 'default');
  run('ninja', '-C', 'build', ...SERVICES.map((name) => `phoihop-${name}`), 'phoihopctl');
  fs.writeFileSync(path.join(folder, 'built'), '');
  return { programs, what };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv[2] !== undefined) {
    console.log('previous.mjs: biên dịch bản phát hành trước và in ra thư mục chương trình của nó (PHOIHOP_PREVIOUS, PHOIHOP_PREVIOUS_BIN, PHOIHOP_PREVIOUS_CACHE)\n' +
      'previous.mjs: builds the release before this one and prints the folder of its programs (the same variables; see the top of this file)');
    process.exit(process.argv[2] === '--help' ? 0 : 2);
  }
  try {
    console.log(previousPrograms().programs);
  } catch (error) {
    console.error(error.message);
    process.exit(1);
  }
}
