import { describe, expect, it } from 'vitest';
import { channelSettingsSchema } from '@/features/platforms/schema';
import {
  type ApprovalFacts,
  approvalAfter,
  channelsToApprove,
  isApproved,
  unapprovedChannels,
} from './approval';

const now = new Date('2026-01-01T00:00:00Z');
const member = { userId: 'u', displayName: 'Uma', permissions: new Set(['content.publish']) };
const boss = { userId: 'boss', displayName: 'Bo', permissions: new Set(['content.approve']) };
const facts: ApprovalFacts = {
  hash: 'h2',
  planned: true,
  waiting: new Set(['a']),
  exempt: new Set(),
  channelIds: ['a', 'b'],
  submit: false,
  timed: true,
  actor: member,
  now,
};
const none = { status: 'none' as const };
const approved = { status: 'approved' as const, hash: 'h1', by: 'boss', at: now };
const asked = { status: 'in_review' as const, hash: 'h1', asked: true, channels: ['a', 'b'] };

describe('approval', () => {
  it('covers exactly the content it was given for', () => {
    expect(isApproved(approved, 'h1')).toBe(true);
    expect(isApproved(approved, 'h2')).toBe(false);
    expect(isApproved({ status: 'in_review', hash: 'h1' }, 'h1')).toBe(false);
  });

  it('is void after an edit, kept without one, and given by whoever may approve', () => {
    expect(approvalAfter(approved, { ...facts, hash: 'h1' })).toBe(approved);
    expect(approvalAfter(approved, facts)).toEqual({ status: 'in_review', hash: 'h2', channels: ['a'] });
    expect(approvalAfter(approved, { ...facts, actor: boss })).toEqual({
      status: 'approved',
      hash: 'h2',
      by: 'boss',
      byName: 'Bo',
      via: 'member',
      at: now,
    });
    expect(approvalAfter(approved, { ...facts, waiting: new Set() })).toEqual(none);
    expect(approvalAfter(approved, { ...facts, planned: false })).toEqual(none);
  });

  it('asked for by a person, it holds every channel, also those of whoever may approve', () => {
    const request = { ...facts, waiting: new Set<string>(), submit: true, actor: boss };
    expect(approvalAfter(none, request)).toEqual({ ...asked, hash: 'h2' });
    expect(approvalAfter({ ...approved, hash: 'h2' }, request)).toMatchObject({ status: 'approved' });
    const edited = { ...facts, waiting: new Set<string>(), timed: false };
    expect(approvalAfter(asked, { ...edited, actor: boss })).toEqual({ ...asked, hash: 'h2' });
    expect(approvalAfter({ ...approved, asked: true }, edited)).toEqual({ ...asked, hash: 'h2' });
    expect(approvalAfter(asked, { ...edited, timed: true, actor: boss }).status).toBe('approved');
  });

  it('a draft in review stays in review, one sent back stays so until it is submitted again', () => {
    const edit = { ...facts, planned: false };
    expect(approvalAfter(asked, edit)).toEqual({ ...asked, hash: 'h2' });
    const back = { ...asked, status: 'changes_requested' as const };
    expect(approvalAfter(back, edit)).toEqual(back);
    expect(approvalAfter(back, { ...edit, submit: true })).toEqual({ ...asked, hash: 'h2' });
    expect(approvalAfter({ ...asked, asked: false }, edit)).toEqual(none);
  });

  it('is asked for by a channel or by the whole organisation, and not of those a channel trusts', () => {
    const settings = channelSettingsSchema.parse({});
    const channels = [
      { id: 'a', settings },
      { id: 'b', settings: { ...settings, requiresApproval: true, approvalExempt: ['u'] } },
    ];
    const sorted = (organisationWide: boolean, actorId: string) => {
      const { waiting, exempt } = channelsToApprove(channels, organisationWide, actorId);
      return [[...waiting], [...exempt]];
    };
    expect(sorted(false, 'v')).toEqual([['b'], []]);
    expect(sorted(true, 'v')).toEqual([['a', 'b'], []]);
    expect(sorted(true, 'u')).toEqual([['a'], ['b']]);
    const trusted = { ...facts, waiting: new Set<string>(), exempt: new Set(['b']) };
    expect(approvalAfter(none, trusted)).toEqual({ status: 'none', hash: 'h2', exempt: ['b'] });
    const mixed = approvalAfter(none, { ...trusted, waiting: new Set(['a']) });
    expect(mixed).toEqual({ status: 'in_review', hash: 'h2', channels: ['a'], exempt: ['b'] });
    expect([...unapprovedChannels(mixed, 'h2', ['a', 'b'])]).toEqual(['a']);
  });
});
