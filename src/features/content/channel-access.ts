import type { Actor } from '@/core/auth/principal';
import { ForbiddenError, NotFoundError } from '@/core/errors';
import type { Connection } from '@/features/platforms/schema';

/** @throws ForbiddenError for a channel that exists and is not this member's to use. */
export function requireChannel(actor: Actor, connection: Connection | undefined): Connection {
  if (!connection) throw new NotFoundError('This channel');
  if (actor.channelIds.length === 0 || actor.channelIds.includes(connection.id)) return connection;
  throw new ForbiddenError(
    `You may not post to ${connection.displayName}. Ask an admin of the organisation for access.`,
    'forbidden',
    { details: { connectionId: connection.id } },
  );
}
