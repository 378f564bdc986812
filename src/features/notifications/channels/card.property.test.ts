import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ChatCard, digestCard, foldItems, incidentCard, testCard } from './card';
import { CHANNEL_EVENT_NAMES, severitiesOf } from './events.data';
import { MAX_BLOCKS, slackMessage } from './providers/slack-blocks';
import { MAX_BYTES, teamsMessage } from './providers/teams-card';
import type { MessageItem } from './schema';
import { channelWords } from './words';

const facts = (locale: 'en' | 'de' = 'en', repeated = false) => ({
  words: channelWords(locale, 'UTC'),
  appUrl: 'https://app.example.test',
  organization: 'Acme',
  repeated,
});
const item = (rest: Partial<MessageItem> = {}): MessageItem => ({
  incidentId: 'i1',
  event: 'publishing.failed',
  severity: 'critical',
  state: 'open',
  data: { network: 'X', message: 'The text is too long.' },
  href: '/posts/p1',
  at: new Date('2026-05-04T10:00:00Z'),
  ...rest,
});
const more = (count: number) => `And ${count} more`;
const ALL_DATA = {
  ...{ network: 'X', message: 'm', handle: '@a', name: 'HubSpot', count: 2, percent: 80 },
  ...{ host: 'h.test', state: 'failing', title: 'Slow answers', advice: 'Look.' },
};

describe('the words', () => {
  it.each(CHANNEL_EVENT_NAMES)('of %s are whole in both languages', (event) => {
    for (const locale of ['en', 'de'] as const)
      for (const state of ['open', 'recovered', 'final'] as const) {
        const severity = severitiesOf(event)[0] ?? 'info';
        const card = incidentCard(item({ event, state, severity, data: ALL_DATA }), facts(locale));
        const text = JSON.stringify(slackMessage(card, more));
        expect(text).not.toMatch(/[{}]{1}\w+[},]|message\.|events\./);
        expect(card.title.length).toBeGreaterThan(5);
        expect(card.sections[0]?.body.length).toBeGreaterThan(0);
      }
  });

  it('say that a message may come twice, and that it is a test', () => {
    expect(incidentCard(item(), facts('en', true)).footer).toContain('you may see it twice');
    expect(incidentCard(item(), facts()).footer).not.toContain('twice');
    expect(testCard(facts()).title).toContain('test');
  });
});

describe('a digest', () => {
  it('tells an incident that began and ended as ended, once', () => {
    const items = [item(), item({ incidentId: 'i2' }), item({ state: 'recovered' })];
    expect(foldItems(items).map(({ incidentId, state }) => [incidentId, state])).toEqual([
      ['i1', 'recovered'],
      ['i2', 'open'],
    ]);
    const card = digestCard(items, 3, facts());
    expect(card.title).toBe('5 things happened');
    expect(card.more).toBe('And 3 more in IriSync.');
    expect(card.sections[0]?.heading).toMatch(/^Settled: /);
  });

  it('of one thing looks like that thing', () => {
    expect(digestCard([item()], 0, facts())).toEqual(incidentCard(item(), facts()));
  });
});

describe('what others say', () => {
  const evil = item({
    data: { network: '<!channel>', message: '<https://evil.test|Click> *b* & [c](https://evil.test)' },
  });

  it('becomes neither a mention nor a link in Slack', () => {
    const { text, blocks } = slackMessage(incidentCard(evil, facts()), more);
    const section = JSON.stringify(blocks[1]);
    expect(text).toContain('&lt;!channel&gt;');
    expect(section).toContain('&lt;https://evil.test|Click&gt;');
    expect(section.match(/<https:/g)).toHaveLength(1);
    expect(section).toContain('<https://app.example.test/posts/p1|Open in IriSync>');
  });

  it('stands in runs in Teams, which know no markup', () => {
    const text = JSON.stringify(teamsMessage(incidentCard(evil, facts()), more));
    expect(text).not.toContain('"TextBlock"');
    expect(text.match(/"url":/g)).toHaveLength(1);
  });
});

const longText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constant('<&>'.repeat(2_000)),
  fc.constant('ü€😀'.repeat(900)),
);
const cards: fc.Arbitrary<ChatCard> = fc.record({
  title: longText,
  sections: fc.array(
    fc.record({
      heading: fc.option(longText, { nil: null }),
      body: longText,
      url: fc.constantFrom(null, 'https://app.example.test/posts/p1'),
    }),
    { maxLength: 90 },
  ),
  more: fc.option(fc.constant('And 3 more'), { nil: null }),
  footer: fc.option(longText, { nil: null }),
  open: fc.constant('Open'),
});

describe('whatever is told', () => {
  it('fits into what Slack takes', () => {
    fc.assert(
      fc.property(cards, (card) => {
        const { blocks } = slackMessage(card, more);
        expect(blocks.length).toBeLessThanOrEqual(MAX_BLOCKS);
        for (const block of blocks) {
          const { type, text, elements } = block as {
            type: string;
            text?: { text: string };
            elements?: { text: string }[];
          };
          expect((text?.text ?? '').length).toBeLessThanOrEqual(type === 'header' ? 150 : 3_000);
          expect((elements?.[0]?.text ?? '').length).toBeLessThanOrEqual(2_000);
        }
        const left = card.sections.length - blocks.filter(({ type }) => type === 'section').length;
        if (left > 0) expect(JSON.stringify(blocks)).toContain(more(left));
      }),
      { numRuns: 60 },
    );
  });

  it('fits into the 28 KB of Teams, and says what does not', () => {
    fc.assert(
      fc.property(cards, (card) => {
        const message = teamsMessage(card, more);
        const text = JSON.stringify(message);
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_BYTES);
        expect(message).toMatchObject({
          type: 'message',
          attachments: [
            { contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard' } },
          ],
        });
      }),
      { numRuns: 60 },
    );
  });
});
