import { describe, expect, it } from 'vitest';
import {
  incoming,
  lostAnswer,
  reachesBack,
  readPages,
  requireInboxScopes,
} from '@/features/platforms/providers/inbox';
import { stepMaterial } from '@/features/platforms/providers/material';

const at = (minute: number, second = 0) => new Date(Date.UTC(2026, 10, 21, 10, minute, second));

describe('turning pages', () => {
  const pages = [
    { items: [9, 8], next: 'b' },
    { items: [7, 6], next: 'c' },
    { items: [5], next: undefined },
  ];
  const asked: (string | undefined)[] = [];
  const read = async (cursor: string | undefined) => {
    asked.push(cursor);
    return pages[['b', 'c'].indexOf(cursor ?? '') + 1] ?? { items: [] };
  };

  it('ends with the last page, at the cap, or where a page reaches back far enough', async () => {
    const all = { pagesMax: 9 };
    expect(await readPages(read, all)).toEqual([9, 8, 7, 6, 5]);
    expect(asked.splice(0)).toEqual([undefined, 'b', 'c']);
    expect(await readPages(read, { pagesMax: 2, flood: 'reddit' })).toEqual([9, 8, 7, 6]);
    const enough = (items: readonly number[]) => (items.at(-1) ?? 0) < 7;
    asked.length = 0;
    expect(await readPages(read, { ...all, enough })).toEqual([9, 8, 7, 6]);
    expect(asked).toEqual([undefined, 'b']);
  });

  it('takes an empty page for one that reaches back', () => {
    expect([undefined, at(1).toISOString(), at(9).getTime()].map((one) => reachesBack(at(5), one))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('what came in', () => {
  const item = (id: string, minute: number, author = 'ann') => ({
    id,
    kind: 'comment' as const,
    author: { id: author, handle: author, displayName: author },
    text: id,
    createdAt: at(minute),
  });

  it('is there once, new, and of others', () => {
    const items = [item('a', 6), item('old', 4), item('a', 6), item('own', 7, 'us'), item('edge', 5)];
    const found = incoming(items, at(5), ({ id }) => id === 'us');
    expect(found.map(({ id }) => id)).toEqual(['a', 'edge']);
  });
});

describe('a lost answer', () => {
  const reply = { material: stepMaterial('reply_1', 'comment', at(10)) };
  const own = (text: string, createdAt: Date) => ({ text, createdAt, ref: { id: 'r1' } });

  it('is the one with its words, not older than it, save for clocks that differ a little', () => {
    const found = (text: string, createdAt: Date) =>
      lostAnswer(reply, 'Thank  you', [own('Thanks', at(11)), own(text, createdAt)]);
    expect(found('Thank you', at(11))).toEqual({ id: 'r1' });
    expect(found('Thank you', at(9, 30))).toEqual({ id: 'r1' });
    expect(found('Thank you', at(8, 59))).toBeNull();
    expect(found('Thank you all', at(11))).toBeNull();
  });
});

describe('permissions', () => {
  it('that were not given are a refusal that says what to do', () => {
    expect(() => requireInboxScopes('reddit', ['read', 'mail'], ['mail'])).not.toThrow();
    expect(() => requireInboxScopes('reddit', ['read'], ['mail'])).toThrow(/Reconnect/);
  });
});
