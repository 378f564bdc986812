import 'server-only';
import { logger } from '@/core/telemetry/logger';
import { isExternal, refused } from '@/features/platforms/providers/http';
import { sameText } from '@/features/platforms/providers/same-text';
import type { InboxItem, InboxReply, PublishedRef } from '@/features/platforms/providers/types';
import type { PlatformId } from '@/features/platforms/schema';

/** What reading and answering comments has in common, whatever the network. */

export interface InboxPage<T> {
  items: T[];
  /** Cursor of the next page; absent on the last one. */
  next?: string | undefined;
}

/**
 * Turns pages until one that says it is `enough` (it reaches back far enough), the last one, or the cap.
 * @param limits `flood`: whose comments they are; said in the log when there were more than the cap lets through.
 */
export async function readPages<T>(
  read: (cursor: string | undefined) => Promise<InboxPage<T>>,
  {
    pagesMax,
    enough = () => false,
    flood,
  }: { pagesMax: number; enough?: (items: readonly T[]) => boolean; flood?: PlatformId },
): Promise<T[]> {
  const found: T[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page += 1) {
    const { items, next } = await read(cursor);
    found.push(...items);
    if (!next || enough(items)) return found;
    cursor = next;
  }
  if (flood) logger.warn({ platform: flood, pagesMax }, 'more was written than one look reads');
  return found;
}

/** Each once, none older than `since`, none of the account's own. */
export function incoming(
  items: readonly InboxItem[],
  since: Date,
  isOwn: (author: InboxItem['author']) => boolean,
): InboxItem[] {
  const known = new Set<string>();
  return items.filter(({ id, createdAt, author }) => {
    if (createdAt < since || isOwn(author) || known.has(id)) return false;
    known.add(id);
    return true;
  });
}

/** The oldest of a page that is listed newest first came before `since`. */
export function reachesBack(since: Date, oldest: string | number | undefined): boolean {
  return oldest === undefined || new Date(oldest) < since;
}

/**
 * Refuses before anything is asked when the channel was connected without these permissions: networks word it in many ways.
 * @throws PlatformError `invalid_request` with `permission`.
 */
export function requireInboxScopes(
  platform: PlatformId,
  granted: readonly string[],
  needed: readonly string[],
): void {
  if (needed.every((scope) => granted.includes(scope))) return;
  throw refused(
    platform,
    'This channel was connected without the permission to read comments. Reconnect it.',
    {
      vendorCode: 'permission',
      outcome: 'not_sent',
    },
  );
}

/** What some accounts may not read: without it the rest of the inbox works all the same. */
export async function ifPermitted<T>(read: () => Promise<T[]>): Promise<T[]> {
  try {
    return await read();
  } catch (error) {
    if (isExternal(error) && error.vendorCode === 'permission') return [];
    throw error;
  }
}

/** Clocks of two parties differ; an answer of ours cannot be older than this before it was written. */
const CLOCK_SLACK_MS = 60_000;

/** What a network lists of the account's own words. */
export interface OwnWords {
  text: string;
  createdAt: Date;
  ref: PublishedRef;
}

/** No trace of this answer can be older, by the network's clock. */
export function writtenFrom({ material }: Pick<InboxReply, 'material'>): Date {
  return new Date(material.createdAt.getTime() - CLOCK_SLACK_MS);
}

/** Recognises an answer whose sending was lost among the account's own. @param sent the text as it was sent. */
export function lostAnswer(
  reply: Pick<InboxReply, 'material'>,
  sent: string,
  own: readonly OwnWords[],
): PublishedRef | null {
  const since = writtenFrom(reply);
  const found = own.find((one) => one.createdAt >= since && sameText(sent, one.text));
  return found?.ref ?? null;
}
