import type { Actor } from '@/core/auth/principal';
import { ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import type { Connection } from '@/features/platforms/schema';
import type { CampaignBook } from './ports';
import type { Post } from './schema';

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

/** @throws NotFoundError for a post that is gone, and for a draft of somebody else unless the caller manages all. */
export function requireVisible(actor: Actor, post: Post | null): Post {
  const hidden =
    post?.status === 'draft' && post.authorId !== actor.userId && !actor.permissions.has('content.manage');
  if (!post || hidden || post.status === 'deleted') throw new NotFoundError('This post');
  return post;
}

/** @throws ValidationError for a campaign this organisation does not have. */
export async function requireCampaign(
  campaigns: CampaignBook,
  organizationId: string,
  id: string | null | undefined,
): Promise<void> {
  if (!id || (await campaigns.exists(organizationId, id))) return;
  throw ValidationError.at('body.campaignId', 'Your organisation has no such campaign.');
}
