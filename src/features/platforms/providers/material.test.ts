import { TID } from '@atproto/common-web';
import { describe, expect, it } from 'vitest';
import { stepMaterial, tid } from '@/features/platforms/providers/material';
import { reconcileModeAt } from '@/features/platforms/providers/types';

const at = new Date('2026-03-01T10:00:00.123Z');

describe('stepMaterial', () => {
  it('is the same on every attempt and differs by run and step', () => {
    expect(stepMaterial('post_conn', 'root', at)).toEqual(stepMaterial('post_conn', 'root', at));
    const keys = ['root', 'thread_1', 'thread_2', 'comment'] as const;
    const rkeys = ['a_1', 'a_2', 'b_1'].flatMap((run) => keys.map((key) => stepMaterial(run, key, at).rkey));
    expect(new Set(rkeys).size).toBe(12);
  });

  it('keeps thread order in time', () => {
    const root = stepMaterial('r', 'root', at).createdAt;
    expect(stepMaterial('r', 'thread_2', at).createdAt.getTime()).toBeGreaterThan(
      stepMaterial('r', 'thread_1', at).createdAt.getTime(),
    );
    expect(root).toEqual(at);
  });
});

describe('tid', () => {
  it('is what the network itself would write', () => {
    const rkey = tid(1_700_000_000_123_456n, 21);
    expect(rkey).toBe(TID.fromTime(1_700_000_000_123_456, 21).toString());
    expect(TID.is(rkey)).toBe(true);
  });
});

describe('reconcileModeAt', () => {
  it('falls back once the exact window has passed', () => {
    const rule = { mode: 'exact', exactForMs: 50 * 60_000, thereafter: 'eventual' } as const;
    expect(reconcileModeAt(rule, at, new Date(at.getTime() + 60_000))).toBe('exact');
    expect(reconcileModeAt(rule, at, new Date(at.getTime() + 50 * 60_000))).toBe('eventual');
  });
});
