// What a process shows of itself while it runs: its metrics, and its memory and threads.
import fs from 'node:fs';
import http from 'node:http';

/** The value of a metric with all its labels summed up; of those whose text has `label`, if given. */
export function sum(text, name, label = '') {
  let total = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith(name) || !/^[ {]/.test(line.slice(name.length)) || !line.includes(label)) continue;
    total += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return total;
}

/** The text of a process's metrics. */
export function readMetrics(port) {
  return new Promise((resolve, reject) => {
    http.get({ port, host: '127.0.0.1', path: '/metrics', agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks).toString()));
    }).on('error', reject);
  });
}

/** {rss, threads, files, cpu}: MB, and counts; `cpu` in seconds since the start. */
export function processFigures(pid) {
  const status = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
  const number = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(status)[1]);
  const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ').slice(11, 13).map(Number);
  return { rss: number('VmRSS') / 1024, threads: number('Threads'), files: fs.readdirSync(`/proc/${pid}/fd`).length, cpu: (user + system) / 100 };
}
