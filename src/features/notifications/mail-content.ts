import 'server-only';
import type { MailContent } from '@/features/mail/schema';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import { type NotificationData, notificationDataSchema } from './schema';
import { factsOfType, type NotificationType } from './types.data';
import { valuesOf } from './values';

/** How mails get their words; the mail room's own, handed in. */
export interface MailWords {
  reader: { locale: 'en' | 'de'; timezone: string };
  mail: Words;
  notifications: Words;
}
type Words = (key: string, values?: Record<string, string | number | Date>) => string;

export interface Told {
  type: string;
  data: NotificationData;
  href: string | null;
  createdAt: Date;
}

export interface MailLinks {
  appUrl: string;
  unsubscribeUrl: string;
}

/** The figures worth a row, by type; labels and forms stand in `mail.json`. */
const FACTS: Partial<Record<NotificationType, readonly string[]>> = {
  'channels.reconnect': ['handle'],
  'tokens.warning': ['used', 'available', 'refreshAt'],
  'tokens.depleted': ['used', 'refreshAt'],
  'tokens.refreshed': ['tokens', 'refreshAt'],
  'billing.receipt': ['tokens', 'price', 'number'],
  'billing.invoice': ['price', 'number'],
};

function networkName(platform: string): string {
  return Object.hasOwn(PLATFORM_RULES, platform)
    ? PLATFORM_RULES[platform as keyof typeof PLATFORM_RULES].name
    : platform;
}

/** A notification in the reader's language. */
export function inWords(words: MailWords, told: Pick<Told, 'type' | 'data'>) {
  const type = factsOfType(told.type) ? told.type : 'unknown';
  const values = valuesOf(notificationDataSchema.parse(told.data), words.reader.locale, networkName);
  return {
    values,
    title: words.notifications(`types.${type}.title`, values),
    body: words.notifications(`types.${type}.body`, values),
  };
}

/** One notification as a mail: the words of the app, its figures, and where to act. */
export function notificationContent(words: MailWords, told: Told, links: MailLinks): MailContent {
  const { mail, reader } = words;
  const facts = factsOfType(told.type);
  const { values, title, body } = inWords(words, told);
  const required = facts?.mail === 'required';
  const names = FACTS[told.type as NotificationType] ?? [];
  return {
    locale: reader.locale,
    subject: title,
    preview: body,
    tone: facts?.urgent ? 'urgent' : 'calm',
    heading: title,
    paragraphs: [body],
    facts: names
      .filter((name) => values[name] !== undefined)
      .map((name) => ({ label: mail(`facts.${name}`), value: mail(`values.${name}`, values) })),
    items: [],
    action: told.href
      ? { label: mail(facts ? `actions.${facts.group}` : 'open'), url: new URL(told.href, links.appUrl).href }
      : null,
    reason: mail(required ? 'reason.required' : 'reason.notification'),
    links: footer(mail, links, required ? null : 'unsubscribe'),
    unsubscribeUrl: required ? null : oneClick(links.unsubscribeUrl),
  };
}

/** Most rows of a digest; the rest is counted. */
const SHOWN = 30;

/** @param told what the person has not seen, newest first; never empty. */
export function digestContent(
  words: MailWords,
  digest: 'daily' | 'weekly',
  told: readonly Told[],
  links: MailLinks,
): MailContent {
  const { mail, reader } = words;
  const count = told.length;
  const more = count - SHOWN;
  return {
    locale: reader.locale,
    subject: mail(`digest.${digest}`, { count }),
    preview: mail('digest.heading', { count }),
    tone: 'calm',
    heading: mail('digest.heading', { count }),
    paragraphs: more > 0 ? [mail('digest.more', { count: more })] : [],
    facts: [],
    items: told.slice(0, SHOWN).map((one) => {
      const { title, body } = inWords(words, one);
      const url = one.href ? new URL(one.href, links.appUrl).href : null;
      return { title, body, url, at: mail('digest.at', { at: one.createdAt }) };
    }),
    action: { label: mail('open'), url: links.appUrl },
    reason: mail('reason.digest'),
    links: footer(mail, links, 'unsubscribeAll'),
    unsubscribeUrl: oneClick(links.unsubscribeUrl),
  };
}

/** The page asks first; mail programs call its twin in the API, which acts at once (RFC 8058). */
function oneClick(unsubscribeUrl: string): string {
  const url = new URL(unsubscribeUrl);
  url.pathname = '/api/notifications/unsubscribe';
  return url.href;
}

function footer(mail: Words, links: MailLinks, unsubscribe: 'unsubscribe' | 'unsubscribeAll' | null) {
  const settings = { label: mail('settings'), url: new URL('/settings#notifications', links.appUrl).href };
  return unsubscribe ? [settings, { label: mail(unsubscribe), url: links.unsubscribeUrl }] : [settings];
}
