import type { MediaFacts, Variant } from '@/features/platforms/schema';
import { type LinkForm, urlsIn, withLinks } from './links';
import type { ComposedContent } from './schema';

/** What one channel gets: the master with the channel's variant laid over it. */
export interface EffectiveVariant {
  text: string;
  mediaIds: readonly string[];
  link?: string;
  title?: string;
  /** Parts after the first. */
  thread: readonly string[];
  firstComment?: string;
  /** Absent: the channel's own. */
  signature?: string;
  settings: Readonly<Record<string, unknown>>;
}

/**
 * Resolves inheritance: a field the variant does not name comes from the master, a field it names as empty stays empty.
 * Pure; the editor, validation, hashing and publishing all use this one.
 * @throws Error when the post has no such channel.
 */
export function effectiveVariant(post: ComposedContent, connectionId: string): EffectiveVariant {
  const channel = post.channels.find((one) => one.connectionId === connectionId);
  if (!channel) throw new Error(`The post has no channel ${connectionId}.`);
  const variant = channel.variant ?? {};
  const link = variant.link === undefined ? post.master.link : (variant.link ?? undefined);
  const title = variant.title ?? post.master.title;
  const firstComment = channel.firstComment ?? post.firstComment;
  return {
    text: variant.text ?? post.master.text,
    mediaIds: variant.mediaIds ?? post.master.mediaIds,
    thread: variant.thread ?? post.thread ?? [],
    settings: channel.settings ?? {},
    ...(link ? { link } : {}),
    ...(title ? { title } : {}),
    ...(firstComment ? { firstComment } : {}),
    ...(channel.signature === undefined ? {} : { signature: channel.signature }),
  };
}

/** Appends a channel's signature the way it will be sent, so that it counts. */
export function withSignature(text: string, signature: string | undefined): string {
  const trimmed = signature?.trim();
  if (!trimmed || text.endsWith(trimmed)) return text;
  return text === '' ? trimmed : `${text}\n\n${trimmed}`;
}

/**
 * The variant as the rules engine and the providers take it: files resolved to their facts, signature applied, links in the
 * form they are sent in.
 * @param mediaById files this organisation owns; an id that is not there is left out (the service refuses those before).
 */
export function sendableVariant(
  effective: EffectiveVariant,
  context: {
    mediaById: ReadonlyMap<string, MediaFacts>;
    signature?: string | undefined;
    links?: LinkForm | undefined;
  },
): Variant {
  const media = effective.mediaIds.flatMap((id) => context.mediaById.get(id) ?? []);
  const { links } = context;
  const linked = (text: string) => (links ? withLinks(text, links) : text);
  return {
    text: linked(withSignature(effective.text, effective.signature ?? context.signature)),
    media,
    settings: { ...effective.settings },
    ...(effective.thread.length > 0
      ? { thread: effective.thread.map((text) => ({ text: linked(text), media: [] })) }
      : {}),
    ...(effective.link ? { link: links?.(effective.link) ?? effective.link } : {}),
    ...(effective.title ? { title: effective.title } : {}),
    ...(effective.firstComment ? { firstComment: linked(effective.firstComment) } : {}),
  };
}

/** Every web address a channel would get, signature included, as written. */
export function linksOf(effective: EffectiveVariant, signature: string | undefined): string[] {
  const { text, thread, firstComment = '', link } = effective;
  const texts = [withSignature(text, effective.signature ?? signature), ...thread, firstComment];
  return [...texts.flatMap(urlsIn), ...(link ? [link] : [])];
}

/** JSON with sorted keys and without absent fields: equal content gives equal text. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`);
    return `{${entries.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What one channel would get, as comparable text. Cheap and synchronous; equal fingerprints publish the same. */
export function channelFingerprint(post: ComposedContent, connectionId: string): string {
  return canonical(effectiveVariant(post, connectionId));
}

/** Hex SHA-256 of what one channel would get: what a run remembers and the commit checks. */
export function channelContentHash(post: ComposedContent, connectionId: string): Promise<string> {
  return sha256(channelFingerprint(post, connectionId));
}

/**
 * Hex SHA-256 of everything that would be published, channel by channel. Approval binds to it. The order of channels and how
 * a text came about (inherited or written in the variant) do not matter; what is said where does.
 */
export function contentHash(post: ComposedContent): Promise<string> {
  const channels = [...post.channels]
    .sort((a, b) => (a.connectionId < b.connectionId ? -1 : 1))
    .map((channel) => [channel.connectionId, effectiveVariant(post, channel.connectionId)]);
  const unsent = { master: post.master, thread: post.thread ?? [], firstComment: post.firstComment ?? '' };
  return sha256(canonical(channels.length > 0 ? channels : unsent));
}
