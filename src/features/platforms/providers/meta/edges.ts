import { z } from 'zod';

/** A person as Meta's networks name them; without the permission for it they are left out. */
export const NAMELESS = { id: '', handle: '', displayName: 'Somebody' } as const;

/** What Meta wraps a list in: more of it is behind the cursor, but only where `next` says so. */
export function edge<T extends z.ZodType>(item: T) {
  return z
    .object({
      data: z.array(item).default([]),
      paging: z
        .object({
          cursors: z.object({ after: z.string().optional() }).optional(),
          next: z.string().optional(),
        })
        .optional(),
    })
    .transform(({ data, paging }) => ({
      items: data,
      next: paging?.next ? paging.cursors?.after : undefined,
    }));
}

/** Turns `2026-11-21T10:00:00+0000` and its kin into an instant. */
export const instant = z.string().transform((text, context) => {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  context.addIssue({ code: 'custom', message: 'not an instant' });
  return z.NEVER;
});
