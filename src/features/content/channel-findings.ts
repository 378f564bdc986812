import type { Finding } from '@/features/platforms/finding-schema';
import { type Connection, PUBLISHABLE_HEALTH } from '@/features/platforms/schema';

type ChannelState = Pick<
  Connection,
  | 'id'
  | 'displayName'
  | 'health'
  | 'healthReason'
  | 'grantExpiresAt'
  | 'refreshable'
  | 'tokenExpiresAt'
  | 'limits'
>;

/**
 * What stands in the way on the channel's side, whatever the post says. A channel that needs its owner is an error for what
 * goes out now, and a warning for what goes out later: there is time to reconnect. One that was disconnected on purpose is an error in any case.
 * @param dueAt null for a draft.
 */
export function channelFindings(channel: ChannelState, dueAt: Date | null, now: Date): Finding[] {
  const findings: Finding[] = [];
  const at = { path: 'connectionId', connectionId: channel.id };
  const name = channel.displayName;
  if (!PUBLISHABLE_HEALTH.has(channel.health)) {
    findings.push({
      ...at,
      code: 'needs_reauth',
      severity: (dueAt !== null && dueAt <= now) || channel.health === 'disabled' ? 'error' : 'warning',
      message: channel.healthReason ?? `${name} is not connected any more.`,
      // A reason says what to do already.
      ...(channel.healthReason ? {} : { fix: `Reconnect ${name}.` }),
    });
  }
  const ends = channel.grantExpiresAt ?? (channel.refreshable ? null : channel.tokenExpiresAt);
  if (dueAt && ends && ends < dueAt && ends > now) {
    findings.push({
      ...at,
      code: 'token_expires_before_due',
      severity: 'warning',
      message: `The connection to ${name} ends before this post is due.`,
      actual: ends.toISOString(),
      limit: dueAt.toISOString(),
      fix: `Reconnect ${name} before then.`,
    });
  }
  for (const cap of channel.limits.caps ?? []) {
    if (dueAt && cap.remaining === 0 && new Date(cap.resetsAt) > dueAt) {
      findings.push({
        ...at,
        code: 'cap_exceeded',
        severity: 'warning',
        message: `${name} has used up its allowance (${cap.name}) until ${cap.resetsAt}.`,
        actual: cap.limit,
        limit: cap.limit,
        fix: 'The post waits until then, or choose a later time.',
      });
    }
  }
  return findings;
}
