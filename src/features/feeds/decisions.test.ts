import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExternalServiceError } from '@/core/errors';
import { newsOf, postIdOf } from './items';
import type { FeedEntry } from './parser';
import { afterFailure, FeedFault, faultOf, nextLook, whyStopped } from './polling';
import { filledTemplate, fittedText, withLink } from './post-text';

const NOW = new Date('2026-03-02T12:00:00Z');
const MINUTE = 60_000;
const entry = (name: string, more: Partial<FeedEntry> = {}): FeedEntry => ({
  guid: `id-${name}`,
  link: `https://x.example/${name}`,
  title: name,
  summary: '',
  author: '',
  publishedAt: null,
  ...more,
});
const feed = (...entries: FeedEntry[]) => ({ title: 'X', siteUrl: 'https://x.example/', entries });
const titles = (entries: readonly { title: string }[]) => entries.map(({ title }) => title);

describe('what is new', () => {
  const before = newsOf(feed(entry('b'), entry('a')), []).keys ?? [];

  it('is what neither guid nor link was seen of, oldest first', () => {
    const { fresh } = newsOf(feed(entry('d'), entry('c'), entry('b'), entry('a')), before);
    expect(titles(fresh)).toEqual(['c', 'd']);
  });

  it.each([
    ['in another order', [entry('a'), entry('b')]],
    ['with new dates and titles', [entry('b', { publishedAt: NOW, title: 'B!' }), entry('a')]],
    ['under new guids', [entry('b', { guid: 'new' }), entry('a', { guid: null })]],
    ['under new addresses', [entry('b', { link: 'https://y.example/b' }), entry('a', { link: null })]],
    [
      'with campaign parameters',
      [entry('b', { guid: 'z', link: 'https://x.example/b/?utm_source=rss#top' })],
    ],
  ])('is nothing of the same items %s', (_, entries) => {
    expect(newsOf(feed(...entries), before).fresh).toEqual([]);
  });

  it('tells items apart that share an address, or have neither guid nor link', () => {
    const log = (name: string) => entry(name, { link: 'https://x.example/log' });
    expect(newsOf(feed(log('2'), log('1')), []).fresh).toHaveLength(2);
    const seen = newsOf(feed(log('2'), log('1')), []).keys ?? [];
    expect(titles(newsOf(feed(log('3'), log('2'), log('1')), seen).fresh)).toEqual(['3']);
    const bare = (name: string) => entry(name, { guid: null, link: null });
    expect(newsOf(feed(bare('x'), bare('y'), bare('x')), []).fresh).toHaveLength(2);
    const home = entry('h', { guid: null, link: 'https://x.example' });
    expect(
      titles(
        newsOf(feed(entry('i', { guid: null, link: 'https://x.example' })), newsOf(feed(home), []).keys ?? [])
          .fresh,
      ),
    ).toEqual(['i']);
  });

  it('goes by date where every item has one', () => {
    const at = (name: string, day: number) => entry(name, { publishedAt: new Date(Date.UTC(2026, 2, day)) });
    expect(titles(newsOf(feed(at('mid', 2), at('old', 1), at('new', 3)), []).fresh)).toEqual([
      'old',
      'mid',
      'new',
    ]);
  });

  it('ends at fifty at once, the newest', () => {
    const many = Array.from({ length: 60 }, (_, index) => entry(`${index}`));
    const { fresh, passedOver } = newsOf(feed(...many), []);
    expect([fresh.length, passedOver, fresh.at(-1)?.title]).toEqual([50, 10, '0']);
    const full = newsOf(feed(entry('x')), [], 0);
    expect([full.fresh, full.passedOver, full.keys?.length]).toEqual([[], 1, 3]);
  });

  it('is never the same item twice, whatever a feed does with its order', () => {
    const names = fc.uniqueArray(fc.integer({ min: 0, max: 200 }), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(names, { maxLength: 6 }), (rounds) => {
        let keys: string[] = [];
        const posted: string[] = [];
        for (const round of rounds) {
          const news = newsOf(feed(...round.map((one) => entry(`${one}`))), keys);
          posted.push(...titles(news.fresh));
          keys = news.keys ?? keys;
        }
        expect(posted.sort()).toEqual([...new Set(rounds.flat().map(String))].sort());
      }),
    );
  });

  it('names one post per item and feed', () => {
    expect(postIdOf('f1', 'k')).toBe(postIdOf('f1', 'k'));
    expect(postIdOf('f1', 'k')).not.toBe(postIdOf('f2', 'k'));
  });
});

describe('when to look again', () => {
  it('is about the interval, and never before a quarter of an hour', () => {
    expect(nextLook(NOW, 30, () => 0).getTime() - NOW.getTime()).toBe(27 * MINUTE);
    expect(nextLook(NOW, 30, () => 1).getTime() - NOW.getTime()).toBe(33 * MINUTE);
    expect(nextLook(NOW, 15, () => 0).getTime() - NOW.getTime()).toBe(15 * MINUTE);
  });

  const step = (failures: number, fault: FeedFault) => {
    const { nextPollAt, ...rest } = afterFailure({ failures, intervalMinutes: 30 }, fault, NOW);
    return { ...rest, minutes: nextPollAt && (nextPollAt.getTime() - NOW.getTime()) / MINUTE };
  };
  const down = new FeedFault('server_error');

  it('backs off, waits as long as it is asked to, and ends', () => {
    expect(step(0, down)).toEqual({ failures: 1, minutes: 30, stop: null });
    expect(step(3, down).minutes).toBe(240);
    expect(step(8, down).minutes).toBe(24 * 60);
    expect(step(9, down)).toEqual({ failures: 10, minutes: null, stop: 'exhausted' });
    expect(step(0, new FeedFault('gone'))).toEqual({ failures: 1, minutes: null, stop: 'gone' });
    expect(step(0, new FeedFault('busy', { retryAfterMs: 90 * MINUTE })).minutes).toBe(90);
    expect(step(0, new FeedFault('busy', { retryAfterMs: 1_000 })).minutes).toBe(30);
  });

  it.each([
    [{ vendorStatus: 410, kind: 'invalid_request' }, 'gone'],
    [{ vendorStatus: 404, kind: 'invalid_request' }, 'not_found'],
    [{ vendorStatus: 403, kind: 'invalid_request' }, 'refused'],
    [{ vendorStatus: 429, kind: 'rate_limit' }, 'busy'],
    [{ vendorStatus: 503, kind: 'unavailable' }, 'server_error'],
    [{ kind: 'timeout' }, 'unreachable'],
    [{ kind: 'invalid_request', vendorCode: 'blocked_address' }, 'blocked'],
    [{ kind: 'invalid_request', vendorCode: 'response_too_large', vendorStatus: 200 }, 'too_large'],
  ] as const)('reads %o as %s', (failure, problem) => {
    const error = new ExternalServiceError('x', { provider: 'x', retryable: false, ...failure });
    expect(faultOf(error).problem).toBe(problem);
  });

  it('stops for people who may not do what the feed does', () => {
    const may = (...permissions: string[]) => ({ permissions: new Set(permissions) });
    expect(whyStopped(null, { mode: 'draft' })).toBe('author_gone');
    expect(whyStopped(may('content.read'), { mode: 'draft' })).toBe('author_permission');
    expect(whyStopped(may('content.write'), { mode: 'draft' })).toBeNull();
    expect(whyStopped(may('content.write'), { mode: 'now' })).toBe('author_permission');
    expect(whyStopped(may('content.write', 'content.publish'), { mode: 'queue' })).toBeNull();
  });
});

describe('the text of a post', () => {
  const item = {
    title: 'Tulips {link}',
    link: 'https://x.example/t',
    summary: 'Red. '.repeat(40).trim(),
    author: '',
  };
  const within = (max: number) => async (text: string) => text.length - max;

  it('fills places once, leaves other braces, and drops lines that say nothing', () => {
    expect(filledTemplate('{title} {you}\nby {author}\n\n{link}', item)).toBe(
      'Tulips {link} {you}\n\nhttps://x.example/t',
    );
  });

  it('shortens the summary until it fits, the title only then', async () => {
    const template = '{title}\n{summary}\n{link}';
    expect(await fittedText(template, item, within(1_000))).toBe(filledTemplate(template, item));
    const fitted = await fittedText(template, item, within(100));
    expect(fitted.length).toBeLessThanOrEqual(100);
    expect(fitted).toMatch(/^Tulips \{link\}\nRed\..*…\nhttps:\/\/x\.example\/t$/);
    const long = { ...item, title: 'word '.repeat(50).trim() };
    const short = await fittedText('{title} {link}', long, within(80));
    expect(short).toMatch(/^word .*… https:\/\/x\.example\/t$/);
    expect(short.length).toBeLessThanOrEqual(80);
  });

  it('stays whole where nothing helps, for the rules to name', async () => {
    expect(await fittedText('Always this long {link}', item, within(10))).toBe(
      'Always this long https://x.example/t',
    );
  });

  it('of the AI leads to the item', () => {
    expect(withLink('Look! ', 'https://x.example/t')).toBe('Look!\n\nhttps://x.example/t');
    expect(withLink('See https://x.example/t', 'https://x.example/t')).toBe('See https://x.example/t');
    expect(withLink('Look!', null)).toBe('Look!');
  });
});
