import { describe, expect, it } from 'vitest';
import { wordsFor } from '@/features/mail/words';
import { digestContent, type MailWords, notificationContent } from './mail-content';
import { MAIL_SAMPLES } from './samples.data';
import { NOTIFICATION_TYPES } from './types.data';

const links = { appUrl: 'https://app.example', unsubscribeUrl: 'https://app.example/unsubscribe?token=t' };
const words = (locale: 'en' | 'de'): MailWords => {
  const reader = { locale, timezone: 'Europe/Berlin' };
  return { reader, mail: wordsFor(reader, 'mail'), notifications: wordsFor(reader, 'notifications') };
};

it('every type has a sample', () => {
  expect(MAIL_SAMPLES.map(({ type }) => type).sort()).toEqual(Object.keys(NOTIFICATION_TYPES).sort());
});

describe.each(['en', 'de'] as const)('in %s', (locale) => {
  it.each(MAIL_SAMPLES)('$type has its words, figures and a place to act', (sample) => {
    const content = notificationContent(words(locale), sample, links);
    const said = JSON.stringify(content);
    // A missing message shows as its key; a missing value as its braces.
    expect(said).not.toMatch(/types\.|facts\.|values\.|actions\.|reason\.|\{[a-zA-Z]+[,}]/);
    expect(said).not.toMatch(/Something happened|Es ist etwas geschehen/);
    expect(content.action?.url).toMatch(/^https:\/\/app\.example\//);
    expect(content.unsubscribeUrl === null).toBe(NOTIFICATION_TYPES[sample.type].mail === 'required');
  });

  it('a digest lists what happened and counts the rest', () => {
    const many = Array.from({ length: 34 }, () => MAIL_SAMPLES[0]).filter((one) => one !== undefined);
    const content = digestContent(words(locale), 'daily', many, links);
    expect(content.items).toHaveLength(30);
    expect(content.paragraphs.join()).toContain('4');
    expect(content.subject).toContain('34');
  });
});

it('a type of a later release still makes a mail', () => {
  const told = { type: 'later.thing', data: {}, href: null, createdAt: new Date() };
  expect(notificationContent(words('en'), told, links)).toMatchObject({
    heading: 'Something happened',
    action: null,
  });
});
