import { describe, expect, it } from 'vitest';
import type { Connection } from '@/features/platforms/schema';
import { neighbourFindings, type Planned, type Surroundings } from './neighbours';
import type { ComposedContent } from './schema';

const at = (minutes: number) => new Date(Date.UTC(2026, 4, 4, 9, minutes));
const connection = (id: string, platform = 'x') =>
  ({ id, displayName: id, platform, sandbox: platform === 'sandbox' }) as unknown as Connection;
const content = (text: string, ...ids: string[]): ComposedContent =>
  ({
    master: { text, mediaIds: [] },
    channels: ids.map((connectionId) => ({ connectionId, platform: 'x' })),
  }) as unknown as ComposedContent;
const planned = (text: string, ...ids: string[]): Planned => ({
  postId: 'mine',
  content: content(text, ...ids),
  channels: ids.map((id) => ({ connection: connection(id), dueAt: at(0) })),
});
const run = (minutes: number, slotId: string | null = null, connectionId = 'a', postId = 'other') => ({
  postId,
  connectionId,
  dueAt: at(minutes),
  slotId,
});
const other = (text: string, facts: { id?: string; channel?: string; status?: string; days?: number } = {}) =>
  ({
    id: facts.id ?? 'other',
    ...content(text, facts.channel ?? 'a'),
    status: facts.status ?? 'published',
    schedule: { mode: 'at', dueAt: new Date(at(0).getTime() - (facts.days ?? 3) * 86_400_000) },
  }) as unknown as Surroundings['posts'][number];
const codes = (one: Planned, around: Partial<Surroundings>) =>
  neighbourFindings(one, { runs: [], posts: [], ...around }).map(({ code, connectionId }) => [
    code,
    connectionId,
  ]);

describe('posts around a planned one', () => {
  it('nearer than 15 minutes on the same channel is told of; a queue slot that is taken, as that', () => {
    expect(codes(planned('Hello there', 'a'), { runs: [run(14)] })).toEqual([['run_too_close', 'a']]);
    expect(codes(planned('Hello there', 'a'), { runs: [run(-14)] })).toEqual([['run_too_close', 'a']]);
    expect(codes(planned('Hello there', 'a'), { runs: [run(0, 'slot')] })).toEqual([['slot_taken', 'a']]);
    expect(codes(planned('Hello there', 'a'), { runs: [run(5, 'slot')] })).toEqual([['run_too_close', 'a']]);
    expect(
      codes(planned('Hello there', 'a'), {
        runs: [run(15), run(1, null, 'b'), run(0, null, 'a', 'mine')],
      }),
    ).toEqual([]);
  });

  it('nearly the same words within 30 days are told of, whatever link or capitals', () => {
    const mine = planned('Six seats left for Saturday’s tasting! https://a.example/1', 'a');
    const same = 'six seats LEFT for Saturday’s tasting https://b.example/2';
    expect(codes(mine, { posts: [other(same)] })).toEqual([['similar_recent_post', 'a']]);
    expect(codes(mine, { posts: [other(same, { days: 31 })] })).toEqual([]);
    expect(codes(mine, { posts: [other(same, { status: 'draft' })] })).toEqual([]);
    expect(codes(mine, { posts: [other(same, { id: 'mine' })] })).toEqual([]);
    expect(codes(mine, { posts: [other('Ten seats were left after the last tasting')] })).toEqual([]);
    expect(codes(planned('', 'a'), { posts: [other('')] })).toEqual([]);
  });

  it('so are nearly the same words on another account of the network, in this post or an earlier one', () => {
    const mine = planned('Six seats left for the tasting', 'b');
    expect(codes(mine, { posts: [other('Six seats left for the tasting')] })).toEqual([
      ['similar_recent_post', 'b'],
    ]);
    expect(codes(planned('Six seats left for the tasting', 'a', 'b'), {})).toEqual([
      ['similar_recent_post', 'b'],
    ]);
    const sandbox = { ...mine, channels: [{ connection: connection('b', 'sandbox'), dueAt: at(0) }] };
    expect(codes(sandbox, { posts: [other('Six seats left for the tasting')] })).toEqual([]);
  });
});
