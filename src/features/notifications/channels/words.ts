import 'server-only';
import { createTranslator } from 'use-intl/core';
import de from '@/messages/de/notify.json';
import en from '@/messages/en/notify.json';
import type { CardWords } from './card';

const MESSAGES = { en, de } as const;

/** The words of messages, in the channel's language and zone. */
export function channelWords(locale: 'en' | 'de', timezone: string): CardWords {
  const translate = createTranslator({
    locale,
    messages: MESSAGES[locale].message as object,
    timeZone: timezone,
  });
  return translate as unknown as CardWords;
}
