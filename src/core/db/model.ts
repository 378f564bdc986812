import { z } from 'zod';

/**
 * What server and browser share about a collection: its path and the zod schema of its documents. Dates are `Date` in code and
 * Timestamps in Firestore. `id` is the document's name, never stored inside it.
 */
export interface Model<Shape extends z.ZodRawShape = z.ZodRawShape> {
  /** `content_posts`, or `organizations/{orgId}/members` for a subcollection. */
  readonly path: string;
  /** Every stored field, with `createdAt` and `updatedAt`, and `id`. */
  readonly schema: z.ZodObject<Shape & typeof base>;
  /** Fields that are stored more briefly than code sees them, and how. The schema reads them both ways. */
  readonly stored: Readonly<Record<string, (value: never) => unknown>>;
}

const base = {
  id: z.string(),
  createdAt: z.date(),
  updatedAt: z.date(),
};

export type BaseFields = keyof typeof base;

/** A whole document as code sees it. */
export type DocOf<M> = M extends Model<infer Shape> ? z.output<z.ZodObject<Shape & typeof base>> : never;

/** What a writer provides: the document without its name and server timestamps. */
export type NewDoc<M> = Omit<DocOf<M>, BaseFields>;

/** Declares a collection. Tenant-owned documents carry an immutable `organizationId`. */
export function defineModel<Shape extends z.ZodRawShape>(
  path: string,
  shape: Shape,
  stored: { [Key in keyof Shape]?: (value: z.output<Shape[Key]>) => unknown } = {},
): Model<Shape> {
  const schema = z.object({ ...shape, ...base }) as z.ZodObject<Shape & typeof base>;
  return { path, schema, stored: stored as Model['stored'] };
}

/** Fills `{orgId}` placeholders of a subcollection's path. */
export function pathOf(model: { path: string }, params: Record<string, string> = {}): string {
  return model.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    if (!value || value.includes('/')) throw new Error(`Path ${model.path} needs a value for ${name}.`);
    return value;
  });
}

/** Timestamps of either SDK have `toDate()`; turns them into `Date` at any depth. */
export function timestampsToDates(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Date) return value;
  if ('toDate' in value && typeof value.toDate === 'function') return value.toDate();
  if (Array.isArray(value)) return value.map(timestampsToDates);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, timestampsToDates(inner)]));
}
