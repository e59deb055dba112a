// One programme while its plans and duties are carried out: calls in its name, and made-up days.
import { requestId } from './api.mjs';
import { addDays, pick } from './figures.mjs';

// Commands on one agreement wait for each other, so more at a time gain little.
export const AT_ONCE = 3;

const weekday = (day) => new Date(`${day}T00:00:00Z`).getUTCDay();

/** Some days before a due day, on no weekend. */
export function before(due, key) {
  const day = addDays(due, -pick(`${key}/before`, 4));
  return addDays(day, -({ 0: 2, 6: 1 }[weekday(day)] ?? 0));
}

/** Some days after, on no weekend. */
export function after(done, key) {
  const day = addDays(done, 1 + pick(`${key}/after`, 3));
  return addDays(day, { 0: 1, 6: 2 }[weekday(day)] ?? 0);
}

/** One programme with its bodies. */
export class Programme {
  constructor(api, city, { key, parties }, name, bodies) {
    Object.assign(this, { api, city, key, parties, name, bodies });
    this.filter = `agreement = "${name}"`;
  }

  /** The same programme, for calls in another member's name. */
  as(api) {
    return Object.assign(Object.create(Programme.prototype), this, { api });
  }

  body(key) {
    return this.bodies[key].name;
  }

  list(path, field, filter = this.filter) {
    return this.api.list(path, { unit: this.city.name, filter }, field);
  }

  id(...parts) {
    return { request_id: requestId([this.name, ...parts].join('/')) };
  }

  command(name, verb, body, ...parts) {
    return this.api.post(`/v1/${name}:${verb}`, { ...body, requestId: requestId([name, verb, ...parts].join('/')) });
  }
}
