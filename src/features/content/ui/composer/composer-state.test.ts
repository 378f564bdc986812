import { describe, expect, it } from 'vitest';
import { createPostRequestSchema } from '../../schema';
import {
  addPart,
  type Draft,
  dropMedia,
  EMPTY_DRAFT,
  firstCommentOf,
  isCustom,
  isEmpty,
  linkOf,
  mediaOf,
  partsOf,
  platformsOf,
  removePart,
  replaceMedia,
  requestOf,
  resetVariant,
  setFirstComment,
  setLink,
  setMedia,
  setPart,
  setParts,
  setSetting,
  setTitle,
  titleOf,
  toggleChannel,
} from './composer-state';

const x = { connectionId: 'x1' };
const masto = { connectionId: 'm1' };

function draft(): Draft {
  let made = setPart(EMPTY_DRAFT, 'all', 0, 'Hello');
  made = toggleChannel(made, { connectionId: 'x1', platform: 'x' });
  return toggleChannel(made, { connectionId: 'm1', platform: 'mastodon' });
}
const channel = (of: Draft, id: string) => of.channels.find((one) => one.connectionId === id);

describe('composer', () => {
  it('lets channels follow the master until one is edited, and only that one stops following', () => {
    let made = setPart(draft(), x, 0, 'Hi X');
    made = setPart(made, 'all', 0, 'Hello all');
    expect(partsOf(made, x)).toEqual(['Hi X']);
    expect(partsOf(made, masto)).toEqual(['Hello all']);
    expect([channel(made, 'x1'), channel(made, 'm1')].map((one) => one && isCustom(one))).toEqual([
      true,
      false,
    ]);
  });

  it('goes back to the master and keeps the settings', () => {
    let made = setPart(draft(), masto, 0, 'Only here');
    made = setFirstComment(made, masto, 'Mine');
    made = setSetting(made, 'm1', 'visibility', 'unlisted');
    made = resetVariant(made, 'm1');
    expect(partsOf(made, masto)).toEqual(['Hello']);
    expect(channel(made, 'm1')).toEqual({
      connectionId: 'm1',
      platform: 'mastodon',
      settings: { visibility: 'unlisted' },
    });
    expect(channel(setSetting(made, 'm1', 'visibility', undefined), 'm1')).not.toHaveProperty('settings');
  });

  it('splits a text on one channel and leaves the others whole', () => {
    const made = setParts(draft(), x, ['One', 'Two', 'Three']);
    expect(partsOf(made, x)).toEqual(['One', 'Two', 'Three']);
    expect(partsOf(made, masto)).toEqual(['Hello']);
    expect(channel(made, 'x1')?.variant).toEqual({ text: 'One', thread: ['Two', 'Three'] });
  });

  it('adds and removes parts, never the first', () => {
    let made = addPart(draft(), 'all', 0);
    made = setPart(made, 'all', 1, 'more');
    made = addPart(made, 'all', 0);
    expect(partsOf(made, 'all')).toEqual(['Hello', '', 'more']);
    made = removePart(made, 'all', 1);
    expect(partsOf(removePart(made, 'all', 0), 'all')).toEqual(['Hello', 'more']);
  });

  it('does not make a variant of what was not changed', () => {
    const made = setPart(draft(), x, 0, 'Hello');
    expect(channel(made, 'x1')?.variant ?? {}).toEqual({});
  });

  it('keeps media, link and first comment per channel', () => {
    let made = setMedia(draft(), 'all', ['a', 'b', 'a']);
    made = setLink(made, 'all', 'https://irisync.app');
    made = setFirstComment(made, 'all', 'first');
    expect([mediaOf(made, x), linkOf(made, x), firstCommentOf(made, x)]).toEqual([
      ['a', 'b'],
      'https://irisync.app',
      'first',
    ]);
    made = setLink(made, x, '');
    made = setFirstComment(made, x, '');
    made = replaceMedia(made, 'x1', 'a', 'small');
    expect([mediaOf(made, x), linkOf(made, x), firstCommentOf(made, x)]).toEqual([['small', 'b'], '', '']);
    expect([mediaOf(made, 'all'), linkOf(made, masto)]).toEqual([['a', 'b'], 'https://irisync.app']);
    expect(mediaOf(dropMedia(made, 'b'), x)).toEqual(['small']);
    expect(mediaOf(dropMedia(made, 'b'), 'all')).toEqual(['a']);
    expect(linkOf(setLink(made, 'all', ''), 'all')).toBe('');
  });

  it('gives a channel a title of its own, and takes the master’s off it', () => {
    let made = setTitle(draft(), 'all', 'Irises');
    expect(titleOf(made, masto)).toBe('Irises');
    made = setTitle(made, masto, 'Irises for gardeners');
    expect([titleOf(made, 'all'), titleOf(made, masto)]).toEqual(['Irises', 'Irises for gardeners']);
    made = setTitle(made, masto, '');
    expect(titleOf(made, masto)).toBe('');
    expect(setTitle(made, 'all', '').master).not.toHaveProperty('title');
    expect(platformsOf(made, 'all')).toHaveLength(2);
    expect(platformsOf(made, masto)).toEqual(['mastodon']);
  });

  it('sends what the API takes, without parts that have no words', () => {
    let made = addPart(draft(), 'all', 0);
    made = setParts(made, x, ['One', '', 'Two']);
    made = setLink(made, x, '');
    const request = requestOf(made);
    expect(createPostRequestSchema.parse(request)).toMatchObject({
      thread: [],
      channels: [
        { connectionId: 'x1', variant: { text: 'One', thread: ['Two'], link: null } },
        { connectionId: 'm1' },
      ],
    });
  });

  it('knows an empty draft', () => {
    expect(isEmpty(EMPTY_DRAFT)).toBe(true);
    expect(isEmpty(toggleChannel(EMPTY_DRAFT, { connectionId: 'a', platform: 'x' }))).toBe(true);
    expect(isEmpty(setMedia(EMPTY_DRAFT, 'all', ['a']))).toBe(false);
    expect(isEmpty(draft())).toBe(false);
  });
});
