import type { Role } from './permissions';

/**
 * The channels somebody may use: their own and those of their teams; none of either means all. Admins and owners, who decide
 * about channels, are never limited by them.
 */
export function effectiveChannels(
  role: Role,
  own: readonly string[],
  teams: readonly { channelIds: readonly string[] }[],
): string[] {
  if (role === 'owner' || role === 'admin') return [];
  return [...new Set([...own, ...teams.flatMap((team) => team.channelIds)])].sort();
}
