import { z } from 'zod';
import { postChannelSchema, tagsSchema } from '../../schema';
import type { Draft } from './composer-state';

const bufferSchema = z.object({
  postId: z.string().nullable(),
  /** The version the text was written on. */
  version: z.int(),
  savedAt: z.number(),
  draft: z.object({
    // Written half-way, a link or a part may not be valid yet; what counts is that no word is lost.
    master: z.looseObject({ text: z.string(), mediaIds: z.array(z.string()) }),
    channels: z.array(postChannelSchema),
    thread: z.array(z.string()),
    firstComment: z.string(),
    tags: tagsSchema,
    /** Absent in what was kept before campaigns could be chosen. */
    campaignId: z.string().nullable().default(null),
  }),
});

export interface Buffered {
  postId: string | null;
  version: number;
  savedAt: Date;
  draft: Draft;
}

/** What was written and is not on the server yet, kept on this device per person and post. */
export class DraftBuffer {
  readonly #key: string;

  constructor(
    readonly storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
    about: { organizationId: string; userId: string; postId: string | null },
  ) {
    this.#key = `irisync.draft.${about.organizationId}.${about.userId}.${about.postId ?? 'new'}`;
  }

  read(): Buffered | null {
    try {
      const parsed = bufferSchema.safeParse(JSON.parse(this.storage.getItem(this.#key) ?? 'null'));
      if (!parsed.success) return null;
      const { savedAt, draft, ...rest } = parsed.data;
      return { ...rest, savedAt: new Date(savedAt), draft: draft as Draft };
    } catch {
      // Blocked storage, or something else wrote there: nothing was kept.
      return null;
    }
  }

  /** @returns false when this device cannot keep it (storage blocked or full). */
  write(draft: Draft, state: { postId: string | null; version: number }, now: Date): boolean {
    try {
      this.storage.setItem(this.#key, JSON.stringify({ ...state, savedAt: now.getTime(), draft }));
      return true;
    } catch {
      return false;
    }
  }

  clear(): void {
    try {
      this.storage.removeItem(this.#key);
    } catch {
      // Blocked storage held nothing either.
      return;
    }
  }
}

/** Whether the browser gives us storage at all; private windows may not. */
export function browserStorage(): Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  try {
    return window.localStorage;
  } catch {
    const memory = new Map<string, string>();
    return {
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => void memory.set(key, value),
      removeItem: (key) => void memory.delete(key),
    };
  }
}
