import { describe, expect, it } from 'vitest';
import { wordsFor } from '@/features/mail/words';
import type { MailWords } from './mail-content';
import { pushMessage, topicOf } from './push-content';
import { MAIL_SAMPLES } from './samples.data';

const words = (locale: 'en' | 'de'): MailWords => {
  const reader = { locale, timezone: 'Europe/Berlin' };
  return { reader, mail: wordsFor(reader, 'mail'), notifications: wordsFor(reader, 'notifications') };
};

describe.each(['en', 'de'] as const)('in %s', (locale) => {
  it.each(MAIL_SAMPLES)('$type has its words and a place to act', (sample) => {
    const message = pushMessage(words(locale), { ...sample, id: 'n_1' });
    expect(JSON.stringify(message)).not.toMatch(/types\.|\{[a-zA-Z]+[,}]|Something happened|etwas geschehen/);
    expect(message).toMatchObject({ href: sample.href, tag: 'n_1' });
  });
});

it('is short, whatever people write', () => {
  const told = {
    id: 'n_1',
    type: 'review.comment',
    data: { person: 'Ann', comment: '👩‍🚀'.repeat(390) },
    href: null,
    createdAt: new Date(),
  };
  const message = pushMessage(words('en'), told);
  expect([...message.body].length).toBeLessThanOrEqual(240);
  expect(message.body.endsWith('…')).toBe(true);
  expect(message.body).not.toMatch(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])/);
  expect(message.href).toBe('/dashboard');
  // What push services take, less what sealing adds (RFC 8291 §4).
  expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(3_993);
});

it('a topic is what RFC 8030 allows', () => {
  expect(topicOf('n_some/notification')).toMatch(/^[A-Za-z0-9_-]{32}$/);
});
