import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Autosave, type SavedState, type SaveStatus } from './autosave';

class Refusal extends Error {
  constructor(readonly verdict: 'again' | 'refused' | number) {
    super(String(verdict));
  }
}

function setup(state: SavedState = { postId: null, version: 0 }) {
  const server = {
    posts: new Map<string, { version: number; text: string }>(),
    keys: new Map<string, string>(),
  };
  const calls: { text: string; state: SavedState; key: string }[] = [];
  const faults: (Refusal | 'lost')[] = [];
  const statuses: SaveStatus['kind'][] = [];
  const kept: (string | null)[] = [];
  let keys = 0;
  const save = async (text: string, at: SavedState, key: string) => {
    calls.push({ text, state: at, key });
    await Promise.resolve();
    const fault = faults.shift();
    if (fault instanceof Refusal) throw fault;
    // Like the API: a key that was used gives its first answer again.
    const known = server.keys.get(key);
    const answer = known ? (JSON.parse(known) as { postId: string; version: number }) : write(text, at);
    server.keys.set(key, JSON.stringify(answer));
    if (fault === 'lost') throw new Refusal('again');
    return answer;
  };
  const write = (text: string, at: SavedState) => {
    const postId = at.postId ?? `post-${server.posts.size + 1}`;
    const version = (server.posts.get(postId)?.version ?? 0) + 1;
    if (at.postId && version - 1 !== at.version) throw new Refusal(version - 1);
    server.posts.set(postId, { version, text });
    return { postId, version };
  };
  const autosave = new Autosave<string>(
    {
      save,
      classify: (error) => {
        const { verdict } = error as Refusal;
        return typeof verdict === 'number' ? { kind: 'stale', version: verdict } : { kind: verdict };
      },
      keep: (content) => kept.push(content),
      onStatus: (status) => statuses.push(status.kind),
      newKey: () => {
        keys += 1;
        return `key-${keys}`;
      },
      now: () => new Date(),
    },
    state,
  );
  return { autosave, server, calls, faults, statuses, kept };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('autosave', () => {
  it('waits 800 ms after the last change and sends the newest once', async () => {
    const { autosave, calls, statuses } = setup();
    autosave.change('a');
    await vi.advanceTimersByTimeAsync(700);
    autosave.change('ab');
    await vi.advanceTimersByTimeAsync(700);
    expect(calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(100);
    expect(calls.map(({ text }) => text)).toEqual(['ab']);
    expect(statuses).toEqual(['pending', 'pending', 'saving', 'saved']);
    expect(autosave.state).toEqual({ postId: 'post-1', version: 1 });
  });

  it('changes the post it made, by version, one request at a time', async () => {
    const { autosave, calls, server } = setup();
    autosave.change('a');
    await vi.advanceTimersByTimeAsync(800);
    autosave.change('b');
    autosave.change('c');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls.map(({ state }) => state)).toEqual([
      { postId: null, version: 0 },
      { postId: 'post-1', version: 1 },
    ]);
    expect(server.posts.get('post-1')).toEqual({ version: 2, text: 'c' });
  });

  it('makes one post only when the answer to the first save is lost', async () => {
    const { autosave, calls, faults, server } = setup();
    faults.push('lost', new Refusal('again'));
    autosave.change('a');
    await vi.advanceTimersByTimeAsync(800);
    expect(autosave.status.kind).toBe('offline');
    autosave.change('ab');
    await vi.advanceTimersByTimeAsync(20_000);
    expect(server.posts).toEqual(new Map([['post-1', { version: 2, text: 'ab' }]]));
    expect(new Set(calls.slice(0, 3).map(({ key, text }) => `${key} ${text}`))).toEqual(new Set(['key-1 a']));
    expect(autosave.status.kind).toBe('saved');
  });

  it('is not stale against its own change whose answer was lost', async () => {
    const { autosave, faults, server } = setup({ postId: 'post-9', version: 3 });
    server.posts.set('post-9', { version: 3, text: '' });
    faults.push('lost');
    autosave.change('mine');
    await vi.advanceTimersByTimeAsync(10_000);
    expect([autosave.status.kind, autosave.state.version]).toEqual(['saved', 4]);
  });

  it('keeps the newest text on the device until the server has it', async () => {
    const { autosave, faults, kept } = setup();
    faults.push(new Refusal('again'));
    autosave.change('a');
    await vi.advanceTimersByTimeAsync(900);
    expect(kept.at(-1)).toBe('a');
    autosave.online();
    await vi.advanceTimersByTimeAsync(10);
    expect(kept.at(-1)).toBeNull();
  });

  it.each([
    ['mine', 'mine'],
    ['theirs', 'theirs'],
  ] as const)('stops at a conflict and goes on with %s', async (choice, text) => {
    const { autosave, server, calls } = setup({ postId: 'post-9', version: 3 });
    server.posts.set('post-9', { version: 5, text: 'theirs' });
    autosave.change('mine');
    await vi.advanceTimersByTimeAsync(800);
    expect(autosave.status).toEqual({ kind: 'conflict', version: 5 });
    autosave.change('mine');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(calls).toHaveLength(1);
    autosave.resolve(choice, 5);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(server.posts.get('post-9')?.text).toBe(text);
    expect(autosave.status.kind).toBe('saved');
  });

  it('says what was refused and tries again with the next change', async () => {
    const { autosave, faults, server } = setup();
    faults.push(new Refusal('refused'));
    autosave.change('bad');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(autosave.status.kind).toBe('error');
    autosave.change('good');
    await vi.advanceTimersByTimeAsync(800);
    expect(server.posts.get('post-1')?.text).toBe('good');
  });

  it('flush sends at once and waits for everything', async () => {
    const { autosave, server } = setup();
    autosave.change('a');
    const first = autosave.flush();
    autosave.change('b');
    await vi.advanceTimersByTimeAsync(1);
    expect((await first).kind).toBe('saved');
    expect(server.posts.get('post-1')).toEqual({ version: 2, text: 'b' });
  });
});
