import type { ApiKey, Invitation, Team } from './repository';
import type { ApiKeyView, InvitationView, TeamView } from './schema';

/** Documents as the API shows them: what is internal is dropped, what follows from the clock is worked out. */

export function toTeamView({ id, name, description, settings, members, createdAt }: Team): TeamView {
  return { id, name, description, channelIds: settings.channelIds, members, createdAt };
}

export function toInvitationView(invitation: Invitation, now: Date): InvitationView {
  const { id, email, role, teamIds, invitedByName, createdAt, expiresAt } = invitation;
  const expired = invitation.status === 'pending' && expiresAt <= now;
  const status = expired ? 'expired' : invitation.status;
  return { id, email, role, teamIds, status, invitedByName, createdAt, expiresAt };
}

export function toApiKeyView(key: ApiKey, now: Date): ApiKeyView {
  const { id, name, hint, scopes, createdBy, createdAt, expiresAt, lastUsedAt } = key;
  const expired = expiresAt !== null && expiresAt <= now;
  const status = key.revokedAt ? 'revoked' : expired ? 'expired' : 'active';
  return { id, name, hint, scopes, createdBy, createdAt, expiresAt, lastUsedAt, status };
}
