import type { PlatformId } from '@/features/platforms/schema';
import type { ChannelVariant, Master, Post, PostChannel } from '../../schema';
import { effectiveVariant } from '../../variant';

/** What the composer holds while somebody writes. Pure: every change gives a new value. */
export interface Draft {
  master: Master;
  channels: PostChannel[];
  /** Parts after the first; may hold empty ones while they are being written. */
  thread: string[];
  firstComment: string;
  tags: string[];
  campaignId: string | null;
}

/** What is being edited: the text for all channels, or one channel's own. */
export type Target = 'all' | { connectionId: string };

export const EMPTY_DRAFT: Draft = {
  master: { text: '', mediaIds: [] },
  channels: [],
  thread: [],
  firstComment: '',
  tags: [],
  campaignId: null,
};

export function draftOf(post: Post): Draft {
  const { master, channels, thread = [], firstComment = '', tags, campaignId = null } = post;
  return { master, channels, thread: [...thread], firstComment, tags, campaignId };
}

export function isEmpty(draft: Draft): boolean {
  const written = [draft.master.text, draft.master.title ?? '', draft.firstComment, ...draft.thread].some(
    (text) => text.trim() !== '',
  );
  return (
    !written && draft.master.mediaIds.length === 0 && draft.channels.every((channel) => !channel.variant)
  );
}

/** What the API takes: parts without words are not sent, and the network is known from the connection. */
export function requestOf(draft: Draft) {
  const words = (parts: readonly string[]) => parts.filter((part) => part.trim() !== '');
  return {
    master: draft.master,
    channels: draft.channels.map(({ platform: _, variant, ...channel }) => ({
      ...channel,
      ...(variant
        ? { variant: { ...variant, ...(variant.thread ? { thread: words(variant.thread) } : {}) } }
        : {}),
    })),
    thread: words(draft.thread),
    firstComment: draft.firstComment,
    tags: draft.tags,
    campaignId: draft.campaignId,
  };
}

function channelOf(draft: Draft, target: Target): PostChannel | undefined {
  if (target === 'all') return undefined;
  return draft.channels.find((channel) => channel.connectionId === target.connectionId);
}

/** Texts of a target, the first post and what follows it; what a channel inherits is resolved. */
export function partsOf(draft: Draft, target: Target): string[] {
  const channel = channelOf(draft, target);
  if (!channel) return [draft.master.text, ...draft.thread];
  const { text, thread } = effectiveVariant(draft, channel.connectionId);
  return [text, ...thread];
}

export function mediaOf(draft: Draft, target: Target): readonly string[] {
  const channel = channelOf(draft, target);
  return channel ? effectiveVariant(draft, channel.connectionId).mediaIds : draft.master.mediaIds;
}

export function linkOf(draft: Draft, target: Target): string {
  const channel = channelOf(draft, target);
  return (channel ? effectiveVariant(draft, channel.connectionId).link : draft.master.link) ?? '';
}

export function titleOf(draft: Draft, target: Target): string {
  const channel = channelOf(draft, target);
  return (channel ? effectiveVariant(draft, channel.connectionId).title : draft.master.title) ?? '';
}

/** Networks of a target: the one channel's, or those of all channels. */
export function platformsOf(draft: Draft, target: Target): PlatformId[] {
  const channel = channelOf(draft, target);
  return (channel ? [channel] : draft.channels).map(({ platform }) => platform);
}

export function firstCommentOf(draft: Draft, target: Target): string {
  const channel = channelOf(draft, target);
  return channel?.firstComment ?? draft.firstComment;
}

/** Does this channel say anything of its own? */
export function isCustom(channel: PostChannel): boolean {
  return channel.firstComment !== undefined || Object.keys(channel.variant ?? {}).length > 0;
}

function withChannel(draft: Draft, id: string, change: (channel: PostChannel) => PostChannel): Draft {
  return {
    ...draft,
    channels: draft.channels.map((channel) => (channel.connectionId === id ? change(channel) : channel)),
  };
}

function withVariant(draft: Draft, id: string, variant: ChannelVariant): Draft {
  return withChannel(draft, id, (channel) => ({ ...channel, variant: { ...channel.variant, ...variant } }));
}

/** Replaces all texts of a target: the first post and what follows it. */
export function setParts(draft: Draft, target: Target, parts: readonly string[]): Draft {
  const [text = '', ...thread] = parts;
  if (target === 'all') return { ...draft, master: { ...draft.master, text }, thread };
  const channel = channelOf(draft, target);
  if (!channel) return draft;
  const before = partsOf(draft, target);
  const threadChanged = JSON.stringify(before.slice(1)) !== JSON.stringify(thread);
  return withVariant(draft, target.connectionId, {
    ...(text !== before[0] || channel.variant?.text !== undefined ? { text } : {}),
    ...(threadChanged || channel.variant?.thread ? { thread } : {}),
  });
}

export function setPart(draft: Draft, target: Target, index: number, text: string): Draft {
  return setParts(
    draft,
    target,
    partsOf(draft, target).map((part, at) => (at === index ? text : part)),
  );
}

export function addPart(draft: Draft, target: Target, after: number): Draft {
  const parts = partsOf(draft, target);
  return setParts(draft, target, [...parts.slice(0, after + 1), '', ...parts.slice(after + 1)]);
}

/** The first part stays: a post has one. */
export function removePart(draft: Draft, target: Target, index: number): Draft {
  if (index === 0) return draft;
  return setParts(
    draft,
    target,
    partsOf(draft, target).filter((_, at) => at !== index),
  );
}

export function setMedia(draft: Draft, target: Target, mediaIds: readonly string[]): Draft {
  const ids = [...new Set(mediaIds)];
  if (target === 'all') return { ...draft, master: { ...draft.master, mediaIds: ids } };
  return withVariant(draft, target.connectionId, { mediaIds: ids });
}

/** An empty link takes the master's link off a channel. */
export function setLink(draft: Draft, target: Target, link: string): Draft {
  if (target !== 'all') return withVariant(draft, target.connectionId, { link: link === '' ? null : link });
  const { link: _, ...rest } = draft.master;
  return { ...draft, master: link === '' ? rest : { ...rest, link } };
}

/** Undefined gives the channel its own signature back; an empty one leaves it out here. */
export function setSignature(draft: Draft, connectionId: string, signature: string | undefined): Draft {
  return withChannel(draft, connectionId, ({ signature: _, ...channel }) =>
    signature === undefined ? channel : { ...channel, signature },
  );
}

/** An empty title of a channel's own takes the master's off it. */
export function setTitle(draft: Draft, target: Target, title: string): Draft {
  if (target !== 'all') return withVariant(draft, target.connectionId, { title });
  const { title: _, ...rest } = draft.master;
  return { ...draft, master: title === '' ? rest : { ...rest, title } };
}

export function setFirstComment(draft: Draft, target: Target, firstComment: string): Draft {
  if (target === 'all') return { ...draft, firstComment };
  return withChannel(draft, target.connectionId, (channel) => ({ ...channel, firstComment }));
}

export function setSetting(draft: Draft, connectionId: string, key: string, value: unknown): Draft {
  return withChannel(draft, connectionId, ({ settings = {}, ...channel }) => {
    const { [key]: _, ...rest } = settings;
    const next = value === undefined || value === '' ? rest : { ...rest, [key]: value };
    return Object.keys(next).length > 0 ? { ...channel, settings: next } : channel;
  });
}

/** Takes a channel in, or out with everything it said of its own. */
export function toggleChannel(draft: Draft, channel: Pick<PostChannel, 'connectionId' | 'platform'>): Draft {
  const { connectionId, platform } = channel;
  const without = draft.channels.filter((one) => one.connectionId !== connectionId);
  const joined = without.length === draft.channels.length;
  return { ...draft, channels: joined ? [...without, { connectionId, platform }] : without };
}

/** The channel says again what all say; its settings stay. */
export function resetVariant(draft: Draft, connectionId: string): Draft {
  return withChannel(draft, connectionId, ({ variant: _, firstComment: __, ...channel }) => channel);
}

/** Puts one file in another's place, wherever it is used: for a picture that was re-encoded to fit one channel. */
export function replaceMedia(draft: Draft, connectionId: string, from: string, to: string): Draft {
  const target = { connectionId };
  return setMedia(
    draft,
    target,
    mediaOf(draft, target).map((id) => (id === from ? to : id)),
  );
}

/** A file that no longer exists leaves every place that named it. */
export function dropMedia(draft: Draft, mediaId: string): Draft {
  const keep = (ids: readonly string[]) => ids.filter((id) => id !== mediaId);
  return {
    ...draft,
    master: { ...draft.master, mediaIds: keep(draft.master.mediaIds) },
    channels: draft.channels.map((channel) =>
      channel.variant?.mediaIds
        ? { ...channel, variant: { ...channel.variant, mediaIds: keep(channel.variant.mediaIds) } }
        : channel,
    ),
  };
}
