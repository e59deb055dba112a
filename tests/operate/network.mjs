// A small network of its own for tests: a bridge in the namespace of the test, and a namespace
// with an address for each machine. Packets are dropped by iptables, in one or both directions;
// delayed by slow_link (see there) where the kernel has no netem.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { programs } from '../journeys/lib/system.mjs';

function run(program, ...args) {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')}: ${error.stderr}`);
  }
}

export const HUB = '10.211.0.100';

export class Network {
  /** `machines`: {name: address}. The test itself is the machine `hub` at HUB. */
  constructor(machines) {
    this.machines = { ...machines, hub: HUB };
    this.prefix = `ph${process.pid}`;
    this.slow = undefined;
  }

  up() {
    run('ip', 'link', 'set', 'lo', 'up');
    run('ip', 'link', 'add', 'bridge', 'type', 'bridge', 'forward_delay', '0');
    run('ip', 'address', 'add', `${HUB}/24`, 'dev', 'bridge');
    run('ip', 'link', 'set', 'bridge', 'up');
    for (const [name, address] of Object.entries(this.machines)) {
      if (name === 'hub') continue;
      const space = this.space(name);
      run('ip', 'netns', 'add', space);
      run('ip', 'link', 'add', `to-${name}`, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', space);
      run('ip', 'link', 'set', `to-${name}`, 'master', 'bridge', 'up');
      run('ip', '-n', space, 'address', 'add', `${address}/24`, 'dev', 'eth0');
      run('ip', '-n', space, 'link', 'set', 'eth0', 'up');
      run('ip', '-n', space, 'link', 'set', 'lo', 'up');
    }
  }

  down() {
    this.fast();
    for (const name of Object.keys(this.machines)) {
      if (name !== 'hub') spawnSync('ip', ['netns', 'delete', this.space(name)]);
    }
  }

  space(name) {
    return `${this.prefix}-${name}`;
  }

  /** Command and arguments that run something on a machine. */
  on(name, ...command) {
    return name === 'hub' ? command : ['ip', 'netns', 'exec', this.space(name), ...command];
  }

  #iptables(name, ...args) {
    const [program, ...rest] = this.on(name, 'iptables', '-w', ...args);
    run(program, ...rest);
  }

  /** Nothing that `from` sends arrives at `to`. */
  dropOneWay(from, to) {
    this.#iptables(to, '-A', 'INPUT', '-s', this.machines[from], '-j', 'DROP');
  }

  cut(one, other) {
    this.dropOneWay(one, other);
    this.dropOneWay(other, one);
  }

  /** Each packet between them is lost with this probability. */
  lossy(one, other, probability) {
    for (const [from, to] of [[one, other], [other, one]]) {
      this.#iptables(to, '-A', 'INPUT', '-s', this.machines[from], '-m', 'statistic', '--mode', 'random',
        '--probability', String(probability), '-j', 'DROP');
    }
  }

  /** Ends all cuts, losses and delays. */
  heal() {
    for (const name of Object.keys(this.machines)) this.#iptables(name, '-F', 'INPUT');
    this.fast();
  }

  /**
   * From now on packets between any two of these machines take `ms` longer, one way; connections
   * that are open stay so.
   */
  async delay(names, ms) {
    const program = path.join(programs, 'slow_link');
    const spaces = names.map((name) => (name === 'hub' ? '/proc/self/ns/net' : `/run/netns/${this.space(name)}`));
    this.slow = spawn(program, [String(ms), ...spaces], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve, reject) => {
      this.slow.stdout.once('data', resolve);
      this.slow.once('exit', (code) => reject(new Error(`slow_link ended with ${code}`)));
      this.slow.once('error', reject);
    });
    for (const name of names) {
      for (const other of names) {
        if (other === name) continue;
        const [program, ...rest] = this.on(name, 'ip', 'route', 'add', `${this.machines[other]}/32`, 'dev', 'slow',
          'src', this.machines[name]);
        run(program, ...rest);
      }
    }
  }

  fast() {
    // The devices end with the process, and the routes with the devices.
    this.slow?.removeAllListeners('exit');
    this.slow?.kill('SIGKILL');
    this.slow = undefined;
  }
}
