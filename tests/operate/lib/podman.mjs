// Podman with a store, networks and settings of its own below one folder, so that a test touches
// nothing else on the machine and leaves nothing behind.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export class Podman {
  /** Images below `folder`/storage stay for the next run; everything else is removed by `end`. */
  constructor(folder) {
    this.folder = folder;
    fs.mkdirSync(path.join(folder, 'networks'), { recursive: true });
    const write = (name, text) => fs.writeFileSync(path.join(folder, name), text);
    write('storage.conf', `[storage]\ndriver = "overlay"\ngraphroot = "${folder}/storage"\nrunroot = "${folder}/run"\n`);
    // For machines without systemd, and with small limits.
    write('containers.conf', ['[containers]', 'default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]',
      '[engine]', 'runtime = "runc"', 'cgroup_manager = "cgroupfs"', 'events_logger = "file"',
      '[network]', `network_config_dir = "${folder}/networks"`, ''].join('\n'));
    this.env = {
      ...process.env,
      CONTAINERS_CONF: path.join(folder, 'containers.conf'),
      CONTAINERS_STORAGE_CONF: path.join(folder, 'storage.conf'),
      TMPDIR: folder,
    };
  }

  /** {status, stdout, stderr} of any program with these settings. */
  run(program, args, options = {}) {
    const result = spawnSync(program, args, { encoding: 'utf8', env: this.env, timeout: 1_200_000, maxBuffer: 1 << 26, ...options });
    return { status: result.status, stdout: result.stdout ?? '', stderr: result.stderr ?? `${result.error ?? ''}` };
  }

  /** The same; throws with what it said when it fails. */
  good(program, args, options) {
    const result = this.run(program, args, options);
    if (result.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.status}\n${result.stdout}${result.stderr}`);
    return result.stdout;
  }

  podman(...args) {
    return this.good('podman', args);
  }

  inspect(name) {
    return JSON.parse(this.podman('inspect', name))[0];
  }

  /** Calls `use` with the folder in which an image is mounted. */
  mounted(image, use) {
    const mount = this.podman('image', 'mount', image).trim();
    try {
      return use(mount);
    } finally {
      this.podman('image', 'umount', image);
    }
  }

  /** What there is beside images: containers, volumes, networks but podman's own one. */
  left() {
    const list = (...args) => this.podman(...args).split('\n').filter((line) => line !== '' && line !== 'podman');
    return [...list('ps', '--all', '--format', '{{.Names}}'), ...list('pod', 'ls', '--format', '{{.Name}}'),
      ...list('volume', 'ls', '--format', '{{.Name}}'), ...list('network', 'ls', '--format', '{{.Name}}')];
  }

  end() {
    this.run('podman', ['pod', 'rm', '--all', '--force']);
    this.run('podman', ['rm', '--all', '--force', '--time', '5']);
    this.run('podman', ['volume', 'prune', '--force']);
    this.run('podman', ['network', 'prune', '--force']);
  }
}

/** Whether this machine can run containers at all. */
export function hasPodman() {
  if (process.getuid() !== 0) return false;
  try {
    for (const program of ['podman', 'podman-compose', 'buildah', 'debootstrap', 'runc']) execFileSync('which', [program]);
    return true;
  } catch {
    return false;
  }
}
