import 'server-only';
import { createHash } from 'node:crypto';
import { inWords, type MailWords, type Told } from './mail-content';
import type { PushMessage } from './push-schema';

/** Systems show two lines; push services take 4096 bytes for everything (RFC 8030 §7.2). */
const TITLE = 120;
const BODY = 240;

/** A notification as a browser shows it: its words, where to act, and nothing else. Anybody near the screen reads it. */
export function pushMessage(words: MailWords, told: Told & { id: string }): PushMessage {
  const { title, body } = inWords(words, told);
  return {
    title: shortened(title, TITLE),
    body: shortened(body, BODY),
    href: told.href ?? '/dashboard',
    tag: told.id,
  };
}

/** What a push service may know a notification by: 32 characters, the most it takes. */
export function topicOf(notificationId: string): string {
  return createHash('sha256').update(notificationId).digest('base64url').slice(0, 32);
}

function shortened(text: string, most: number): string {
  // By code points: half of an emoji is no text.
  const points = [...text];
  return points.length <= most
    ? text
    : `${points
        .slice(0, most - 1)
        .join('')
        .trimEnd()}…`;
}
