// Sets the clock of a system's processes: see shifted_clock.cc.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { eventually, programs } from '../journeys/lib/system.mjs';
import { system } from './lib.mjs';

const library = path.join(programs, 'libshifted_clock.so');

/** A wall clock that several processes of the system share. */
export class Clock {
  constructor(name) {
    this.file = path.join(system.data, `clock-${name}`);
    fs.writeFileSync(this.file, Buffer.alloc(8), { mode: 0o644 });
    this.seconds = 0;
  }

  get environment() {
    return { LD_PRELOAD: library, PHOIHOP_SHIFTED_CLOCK: this.file };
  }

  /** From now on it is so many seconds ahead of the machine's. */
  set(seconds) {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(BigInt(seconds) * 1_000_000_000n);
    const file = fs.openSync(this.file, 'r+');
    fs.writeSync(file, bytes, 0, 8, 0);
    fs.closeSync(file);
    this.seconds = seconds;
  }

  /** Lets supervised processes have this clock from their next start on, and starts them again. */
  async giveTo(names) {
    for (const name of names) {
      const run = path.join(system.data, 'sv', name, 'run');
      const text = fs.readFileSync(run, 'utf8');
      const lines = Object.entries(this.environment).map(([key, value]) => `export ${key}='${value}'\n`).join('');
      fs.writeFileSync(run, text.replace(/^exec setpriv/m, (line) => lines + line));
      const pid = system.kill(name, 'SIGTERM');
      await eventually(() => {
        const now = system.pid(name);
        return now !== undefined && now !== pid && fs.readFileSync(`/proc/${now}/maps`, 'utf8').includes(library);
      }, 60_000, `${name} has the clock`);
      system.forgetFailures(name);
      if (name === 'mariadb') await eventually(() => system.sql('SELECT 1').trim() === '1', 60_000, 'the database answers');
    }
    await system.healthy('60s');
  }

  /** phoihopctl of a machine with this clock; throws when it fails. */
  async ctl(...args) {
    const { stdout } = await promisify(execFile)(path.join(programs, 'phoihopctl'), [`--data=${system.data}`, ...args],
      { env: { ...process.env, ...this.environment } });
    return stdout;
  }

  async token() {
    return (await this.ctl('token')).trim();
  }
}
