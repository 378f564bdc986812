import { describe, expect, it } from 'vitest';
import { EMPTY_DRAFT, setPart } from './composer-state';
import { DraftBuffer } from './draft-buffer';

function storage() {
  const held = new Map<string, string>();
  return {
    held,
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
  };
}
const about = { organizationId: 'o', userId: 'u', postId: null };

describe('draft buffer', () => {
  it('keeps what was written, per person, organisation and post', () => {
    const store = storage();
    const draft = setPart(EMPTY_DRAFT, 'all', 0, 'half a thought');
    const now = new Date('2026-11-21T10:00:00Z');
    expect(new DraftBuffer(store, about).write(draft, { postId: null, version: 0 }, now)).toBe(true);
    expect(new DraftBuffer(store, about).read()).toEqual({ postId: null, version: 0, savedAt: now, draft });
    expect(new DraftBuffer(store, { ...about, userId: 'other' }).read()).toBeNull();
    expect(new DraftBuffer(store, { ...about, postId: 'p' }).read()).toBeNull();
    new DraftBuffer(store, about).clear();
    expect(new DraftBuffer(store, about).read()).toBeNull();
  });

  it('ignores what it did not write, and survives storage that refuses', () => {
    const store = storage();
    const buffer = new DraftBuffer(store, about);
    for (const text of [
      '',
      'nonsense',
      '{"draft":1}',
      '{"postId":null,"version":0,"savedAt":1,"draft":{"master":{}}}',
    ]) {
      store.held.set('irisync.draft.o.u.new', text);
      expect(buffer.read()).toBeNull();
    }
    const refusing = {
      getItem: () => {
        throw new DOMException('no', 'SecurityError');
      },
      setItem: () => {
        throw new DOMException('full', 'QuotaExceededError');
      },
      removeItem: () => {
        throw new DOMException('no', 'SecurityError');
      },
    };
    const blocked = new DraftBuffer(refusing, about);
    expect(blocked.read()).toBeNull();
    expect(blocked.write(EMPTY_DRAFT, { postId: null, version: 0 }, new Date())).toBe(false);
    blocked.clear();
  });
});
