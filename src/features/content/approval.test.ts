import { describe, expect, it } from 'vitest';
import { channelSettingsSchema } from '@/features/platforms/schema';
import { approvalAfter, channelsToApprove, isApproved } from './approval';

const now = new Date('2026-01-01T00:00:00Z');
const facts = { hash: 'h2', required: true, mayApprove: false, actorId: 'u', now };
const approved = { status: 'approved' as const, hash: 'h1', by: 'boss', at: now };

describe('approval', () => {
  it('covers exactly the content it was given for', () => {
    expect(isApproved(approved, 'h1')).toBe(true);
    expect(isApproved(approved, 'h2')).toBe(false);
    expect(isApproved({ status: 'in_review', hash: 'h1' }, 'h1')).toBe(false);
  });

  it('is void after an edit, kept without one, and given by whoever may approve', () => {
    expect(approvalAfter(approved, { ...facts, hash: 'h1' })).toBe(approved);
    expect(approvalAfter(approved, facts)).toEqual({ status: 'in_review', hash: 'h2' });
    expect(approvalAfter(approved, { ...facts, mayApprove: true })).toEqual({
      status: 'approved',
      hash: 'h2',
      by: 'u',
      at: now,
    });
    expect(approvalAfter(approved, { ...facts, required: false })).toEqual({ status: 'none' });
  });

  it('is asked for by a channel or by the whole organisation', () => {
    const settings = channelSettingsSchema.parse({});
    const channels = [
      { id: 'a', settings },
      { id: 'b', settings: { ...settings, requiresApproval: true } },
    ];
    expect([...channelsToApprove(channels, false)]).toEqual(['b']);
    expect([...channelsToApprove(channels, true)]).toEqual(['a', 'b']);
  });
});
