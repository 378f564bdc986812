import 'server-only';
import { createTranslator } from 'use-intl/core';
import deMail from '@/messages/de/mail.json';
import deNotifications from '@/messages/de/notifications.json';
import enMail from '@/messages/en/mail.json';
import enNotifications from '@/messages/en/notifications.json';

const MESSAGES = {
  en: { mail: enMail, notifications: enNotifications },
  de: { mail: deMail, notifications: deNotifications },
} as const;

export type MailLocale = keyof typeof MESSAGES;
export type Words = (key: string, values?: Record<string, string | number | Date>) => string;

/** The reader's language and clock, for texts that leave the server. */
export interface Reader {
  locale: MailLocale;
  timezone: string;
}

/** The words of one room in the reader's language: the same files that the app shows. */
export function wordsFor({ locale, timezone }: Reader, room: 'mail' | 'notifications'): Words {
  const translate = createTranslator({
    locale,
    messages: MESSAGES[locale][room] as object,
    timeZone: timezone,
  });
  return translate as unknown as Words;
}
