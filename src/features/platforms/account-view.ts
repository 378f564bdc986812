import type { Finding } from '@/features/platforms/finding-schema';
import type { AccountView, Connection } from '@/features/platforms/schema';
import { PUBLISHABLE_HEALTH } from '@/features/platforms/schema';

/** A stored connection as the API shows it. */
export function accountView(connection: Connection): AccountView {
  const { id, platform, accountId, handle, displayName, avatarUrl, profileUrl, baseUrl, scopes } = connection;
  const { health, healthReason, settings, limits, sandbox } = connection;
  return {
    id,
    platform,
    accountId,
    handle,
    displayName,
    avatarUrl,
    profileUrl,
    baseUrl,
    scopes,
    health,
    healthReason,
    tokenExpiresAt: connection.tokenExpiresAt?.toISOString() ?? null,
    settings,
    limits,
    sandbox,
    createdAt: connection.createdAt.toISOString(),
    updatedAt: connection.updatedAt.toISOString(),
  };
}

/** What the channel's own state means for a post: now, and when it is due. */
export function healthFindings(connection: Connection, dueAt: Date | undefined): Finding[] {
  const base = { connectionId: connection.id, path: 'connectionId' };
  if (!PUBLISHABLE_HEALTH.has(connection.health)) {
    return [
      {
        ...base,
        code: 'needs_reauth',
        severity: 'error',
        message: `${connection.displayName} must be reconnected before it can post.`,
        fix: 'Reconnect the channel.',
      },
    ];
  }
  const findings: Finding[] = [];
  const end = connection.refreshable ? connection.grantExpiresAt : connection.tokenExpiresAt;
  if (dueAt && end && !connection.refreshable && end <= dueAt) {
    findings.push({
      ...base,
      code: 'token_expires_before_due',
      severity: 'warning',
      message: `The sign-in of ${connection.displayName} ends before this post is due.`,
      limit: end.toISOString(),
      fix: 'Reconnect the channel before then.',
    });
  }
  for (const cap of connection.limits.caps ?? []) {
    if (cap.remaining > 0 || (dueAt && new Date(cap.resetsAt) <= dueAt)) continue;
    findings.push({
      ...base,
      code: 'cap_exceeded',
      severity: 'warning',
      message: `${connection.displayName} has used up what the network allows until ${cap.resetsAt}.`,
      actual: cap.limit,
      limit: cap.limit,
    });
  }
  return findings;
}
