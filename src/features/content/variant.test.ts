import { describe, expect, it } from 'vitest';
import type { ComposedContent } from './schema';
import { channelContentHash, contentHash, effectiveVariant, sendableVariant, withSignature } from './variant';

const post: ComposedContent = {
  master: { text: 'Hello', mediaIds: ['m1'], link: 'https://irisync.app' },
  thread: ['second'],
  firstComment: 'first!',
  channels: [
    { connectionId: 'a', platform: 'x' },
    {
      connectionId: 'b',
      platform: 'mastodon',
      variant: { text: '', mediaIds: [], link: null, thread: [] },
      firstComment: '',
      settings: { visibility: 'unlisted' },
    },
  ],
};

describe('inheritance', () => {
  it('takes everything from the master where the channel says nothing', () => {
    expect(effectiveVariant(post, 'a')).toEqual({
      text: 'Hello',
      mediaIds: ['m1'],
      link: 'https://irisync.app',
      thread: ['second'],
      firstComment: 'first!',
      settings: {},
    });
  });

  it('keeps what the channel emptied on purpose', () => {
    expect(effectiveVariant(post, 'b')).toEqual({
      text: '',
      mediaIds: [],
      thread: [],
      settings: { visibility: 'unlisted' },
    });
  });

  it('refuses a channel the post does not have', () => {
    expect(() => effectiveVariant(post, 'zz')).toThrow('no channel zz');
  });
});

describe('sendable variant', () => {
  it('resolves files and appends the signature once', () => {
    const mediaById = new Map([
      ['m1', { id: 'm1', kind: 'image' as const, mime: 'image/png', bytes: 10, altText: 'A dot' }],
    ]);
    const variant = sendableVariant(effectiveVariant(post, 'a'), { mediaById, signature: '— Ann' });
    expect(variant.text).toBe('Hello\n\n— Ann');
    expect(variant.media).toEqual([mediaById.get('m1')]);
    expect(variant.thread).toEqual([{ text: 'second', media: [] }]);
    expect(withSignature(variant.text, '— Ann')).toBe(variant.text);
    expect(withSignature('', '— Ann')).toBe('— Ann');
    expect(withSignature('x', undefined)).toBe('x');
  });
});

describe('content hash', () => {
  const change = (patch: Partial<ComposedContent>): ComposedContent => ({ ...post, ...patch });

  it('does not depend on the order of channels, nor on whether a text is inherited or written out', async () => {
    const [a, b] = post.channels;
    if (!a || !b) throw new Error('fixture');
    const written = { ...a, variant: { text: 'Hello', mediaIds: ['m1'] } };
    expect(await contentHash(change({ channels: [b, written] }))).toBe(await contentHash(post));
  });

  it('changes with anything that would be published', async () => {
    const hash = await contentHash(post);
    const [a, b] = post.channels;
    if (!a || !b) throw new Error('fixture');
    const others = [
      change({ master: { ...post.master, text: 'Hello!' } }),
      change({ master: { ...post.master, mediaIds: [] } }),
      change({ master: { ...post.master, link: 'https://irisync.app/x' } }),
      change({ thread: ['second', 'third'] }),
      change({ firstComment: 'other' }),
      change({ channels: [a] }),
      change({ channels: [a, { ...b, settings: {} }] }),
      change({ channels: [{ ...a, connectionId: 'c' }, b] }),
    ];
    const hashes = await Promise.all(others.map(contentHash));
    expect(new Set([hash, ...hashes]).size).toBe(others.length + 1);
  });

  it('leaves a channel alone when another one changes', async () => {
    const [a, b] = post.channels;
    if (!a || !b) throw new Error('fixture');
    const edited = change({ channels: [a, { ...b, variant: { text: 'only here' } }] });
    expect(await channelContentHash(edited, 'a')).toBe(await channelContentHash(post, 'a'));
    expect(await channelContentHash(edited, 'b')).not.toBe(await channelContentHash(post, 'b'));
  });
});
