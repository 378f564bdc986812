import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Query } from '@google-cloud/firestore';
import type { StructuredQuery } from './requirements';

const folder = join(process.cwd(), '.irisync', 'queries');
const seen = new Set<string>();

/** Notes the shape of a query (never its values) for `npm run indexes`. */
export function record(query: StructuredQuery): void {
  const shape = JSON.stringify(
    { from: query.from, where: query.where, orderBy: query.orderBy },
    (key, value: unknown) => (key === 'value' ? undefined : value),
  );
  if (seen.has(shape)) return;
  seen.add(shape);
  mkdirSync(folder, { recursive: true });
  appendFileSync(join(folder, `${process.pid}.jsonl`), `${shape}\n`);
}

type Patched = {
  toProto: (...args: unknown[]) => { structuredQuery?: StructuredQuery };
  recorded?: true;
};

/** Every query the server code runs in a test passes through here on its way to the emulator. */
export function recordServerQueries(): void {
  const prototype = Query.prototype as unknown as Patched;
  if (prototype.recorded) return;
  const original = prototype.toProto;
  if (typeof original !== 'function')
    throw new Error('The Firestore SDK changed: queries can no longer be recorded.');
  prototype.recorded = true;
  prototype.toProto = function (this: Patched, ...args: unknown[]) {
    const proto = original.apply(this, args);
    if (proto.structuredQuery) record(proto.structuredQuery);
    return proto;
  };
}
