import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headerText, isMailAddress, parseMailbox } from './address';
import { renderMail } from './layout';
import { MAIL_COLOURS } from './palette.data';
import type { MailContent } from './schema';

const content = (over: Partial<MailContent> = {}): MailContent => ({
  locale: 'en',
  subject: 'Subject',
  preview: 'Preview',
  tone: 'calm',
  heading: 'Heading',
  paragraphs: ['Text'],
  facts: [{ label: 'Left', value: '10' }],
  items: [],
  action: { label: 'Open', url: 'https://app.example/x?a=1&b=2' },
  reason: 'Because.',
  links: [{ label: 'Settings', url: 'https://app.example/settings' }],
  unsubscribeUrl: null,
  ...over,
});

describe('renderMail', () => {
  it('says the same in both parts', () => {
    const { html, text } = renderMail(content());
    for (const words of ['Heading', 'Text', 'Left', '10', 'Open', 'Because.']) {
      expect(html).toContain(words);
      expect(text).toContain(words);
    }
    expect(html).toContain('href="https://app.example/x?a=1&amp;b=2"');
    expect(text).toContain('https://app.example/x?a=1&b=2');
  });

  it('lets no text become markup, wherever it stands', () => {
    const tags = (html: string) => html.replaceAll('<br>', '').match(/<[a-z!/][^>]*>/gi)?.length;
    const plain = tags(renderMail(full('x')).html);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (words) => {
        const { html, subject } = renderMail(full(words));
        expect(tags(html)).toBe(plain);
        expect(subject).not.toMatch(/[\r\n]/);
      }),
    );
    const { html } = renderMail(full('<script>alert(1)</script>" onload="x'));
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('" onload="');
  });

  it('follows no address but those of the web', () => {
    const { html } = renderMail(
      content({
        action: { label: 'Go', url: 'javascript:alert(1)' },
        links: [{ label: 'L', url: 'data:text/html,x' }],
      }),
    );
    expect(html).not.toMatch(/javascript:|data:/);
  });
});

function full(words: string): MailContent {
  return content({
    subject: words || 'x',
    preview: words,
    heading: words,
    paragraphs: [words],
    facts: [{ label: words, value: words }],
    items: [{ title: words, body: words, url: 'https://app.example', at: words }],
    action: { label: words, url: 'https://app.example' },
    reason: words,
    links: [{ label: words, url: 'https://app.example' }],
  });
}

it('mails have the colours of the theme', () => {
  const theme = readFileSync('src/app/globals.css', 'utf8');
  for (const [name, { light, dark }] of Object.entries(MAIL_COLOURS)) {
    expect(theme).toContain(`--color-${name}: light-dark(${light}, ${dark});`);
  }
});

describe('addresses', () => {
  it.each([
    ['IriSync <hello@example.com>', { name: 'IriSync', address: 'hello@example.com' }],
    ['hello@example.com', { name: '', address: 'hello@example.com' }],
    ['Evil\r\nBcc: x@y.example <a@example.com>', null],
    ['a@example.com, b@example.com', null],
    ['nobody', null],
  ])('%j', (text, mailbox) => expect(parseMailbox(text)).toEqual(mailbox));

  it.each([
    'a@b.example\r\nBcc: c@d.example',
    'a@b.example,c@d.example',
    '<a@b.example>',
    'a b@c.example',
    '',
  ])('%j is no address', (text) => expect(isMailAddress(text)).toBe(false));

  it('header text is one visible line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 500 }), (words) => {
        const line = headerText(words);
        expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202e]/u);
        expect([...line].length).toBeLessThanOrEqual(200);
      }),
    );
    expect(headerText('a\r\n b\u202ec')).toBe('a bc');
  });
});
