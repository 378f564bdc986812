import { z } from 'zod';
import { ValidationError } from '@/core/errors';

const value = z.union([z.object({ d: z.number() }), z.string(), z.number(), z.boolean(), z.null()]);
const shape = z.tuple([value, z.string().min(1).max(1500)]);

/** Opaque position in a list: the last row's sort value and id. Says nothing to callers and rejects anything we did not write. */
export function encodeCursor(sortValue: unknown, id: string): string {
  const packed = sortValue instanceof Date ? { d: sortValue.getTime() } : (sortValue ?? null);
  return Buffer.from(JSON.stringify([packed, id])).toString('base64url');
}

/** @throws ValidationError at `query.cursor` for anything this module did not encode. */
export function decodeCursor(cursor: string): { sortValue: unknown; id: string } {
  try {
    const [packed, id] = shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
    const sortValue = packed !== null && typeof packed === 'object' ? new Date(packed.d) : packed;
    return { sortValue, id };
  } catch {
    throw ValidationError.at('query.cursor', 'This cursor is not valid. Start again from the first page.');
  }
}

/** Query parameters of every list endpoint. */
export const pageQuery = z.object({
  cursor: z.string().max(2000).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
});
export type PageQuery = z.output<typeof pageQuery>;

/** Body of every list endpoint. `cursor` is null on the last page. */
export interface Page<T> {
  items: T[];
  cursor: string | null;
}

export function pageOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), cursor: z.string().nullable() });
}
