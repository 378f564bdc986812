import type { Actor } from '@/core/auth/principal';
import { ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import type { Connection } from '@/features/platforms/schema';
import type { CampaignBook } from './ports';
import type { ChannelRequest, ComposedContent, Post, PostChannel } from './schema';

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

/** @throws ValidationError for a channel the post does not have. @param connectionIds null = no choice was made. */
export function requireChannelsOf(
  channels: readonly { connectionId: string }[],
  connectionIds: readonly string[] | null,
): void {
  connectionIds?.forEach((one, index) => {
    if (!channels.some((channel) => channel.connectionId === one)) {
      throw ValidationError.at(`body.connectionIds.${index}`, 'The post has no such channel.');
    }
  });
}

/** @throws ForbiddenError for a role that only writes drafts, or a channel that is not this member's; ValidationError without channels. */
export function requireMayPublish(
  actor: Actor,
  content: Pick<ComposedContent, 'channels'>,
  connectionIds: readonly string[],
  references: { connections: ReadonlyMap<string, Connection> },
): void {
  if (!actor.permissions.has('content.publish')) {
    throw new ForbiddenError('Your role may write drafts but not publish. Ask an admin of the organisation.');
  }
  if (content.channels.length === 0)
    throw ValidationError.at('body.channels', 'Choose at least one channel.');
  for (const id of connectionIds) requireChannel(actor, references.connections.get(id));
}

/** What was asked for, as the post keeps it. @throws ForbiddenError, NotFoundError as {@link requireChannel} does. */
export function channelsOf(
  actor: Actor,
  asked: readonly ChannelRequest[],
  references: { connections: ReadonlyMap<string, Connection> },
): PostChannel[] {
  return asked.map((channel) => {
    const connection = requireChannel(actor, references.connections.get(channel.connectionId));
    return { ...channel, platform: connection.platform };
  });
}

/** @throws ForbiddenError `tier_limit` when as many posts wait as the plan allows. */
export function requireRoom(waiting: number, most: number): void {
  if (waiting < most) return;
  throw new ForbiddenError(
    `Your plan allows ${most} scheduled posts at a time. Publish or delete some, or change the plan.`,
    'tier_limit',
    { details: { limit: most } },
  );
}
