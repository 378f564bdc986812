import 'server-only';
import { createHash } from 'node:crypto';
import type { Post } from '@/features/content/schema';
import { effectiveVariant, linksOf, sendableVariant } from '@/features/content/variant';
import type {
  Artefacts,
  ChannelFacts,
  MediaSource,
  StepContent,
  StepKey,
} from '@/features/platforms/providers/types';
import type { Variant } from '@/features/platforms/schema';
import { contentHashOf } from './intent';
import type { Run } from './schema';

/** Everything one run sends, step by step, from one version of its post. */
export interface Composition {
  contentHash: string;
  /** What the rules engine checks. */
  variant: Variant;
  steps: readonly { key: StepKey; content: StepContent }[];
}

/** Files of an organisation as providers take them. An id that is not there is missing from the answer. */
export interface MediaLibrary {
  sources(organizationId: string, mediaIds: readonly string[]): Promise<ReadonlyMap<string, MediaSource>>;
}

/** Links as they are sent: with campaign parameters, short where the channel says so. */
export interface LinkBook {
  /** @returns the form in which each of these addresses is sent. */
  forms(channel: ChannelFacts, post: Post, urls: readonly string[]): Promise<(url: string) => string>;
}

/** The post names a file that is not there. */
export class MissingMediaError extends Error {
  constructor(readonly mediaIds: readonly string[]) {
    super(`Missing media: ${mediaIds.join(', ')}`);
    this.name = 'MissingMediaError';
  }
}

/** @throws MissingMediaError */
export async function compose(
  post: Post,
  channel: ChannelFacts,
  { media: library, links: book }: { media: MediaLibrary; links: LinkBook },
): Promise<Composition> {
  const { connectionId } = channel;
  const { signature } = channel.settings;
  const effective = effectiveVariant(post, connectionId);
  const sources =
    effective.mediaIds.length > 0
      ? await library.sources(post.organizationId, effective.mediaIds)
      : new Map<string, MediaSource>();
  const missing = effective.mediaIds.filter((id) => !sources.has(id));
  if (missing.length > 0) throw new MissingMediaError(missing);
  const urls = linksOf(effective, signature);
  const links = urls.length > 0 ? await book.forms(channel, post, urls) : undefined;
  const variant = sendableVariant(effective, { mediaById: sources, signature, links });
  const settings = effective.settings;
  const later = (text: string): StepContent => ({ text, media: [], settings });
  const root: StepContent = {
    text: variant.text,
    media: effective.mediaIds.flatMap((id) => sources.get(id) ?? []),
    settings,
    ...(variant.title ? { title: variant.title } : {}),
    ...(variant.link ? { link: variant.link } : {}),
  };
  return {
    contentHash: contentHashOf(post, connectionId),
    variant,
    steps: [
      { key: 'root', content: root },
      ...(variant.thread ?? []).map(({ text }, index) => ({
        key: `thread_${index + 1}` as const,
        content: later(text),
      })),
      ...(variant.firstComment ? [{ key: 'comment' as const, content: later(variant.firstComment) }] : []),
    ],
  };
}

const sha256 = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex');

/** Equal fingerprints send the same. */
export function fingerprintOf(content: StepContent): string {
  const { text, title, link, tags, settings } = content;
  return sha256([text, title ?? '', link ?? '', tags ?? [], settings, mediaOf(content)]);
}

function mediaOf(content: StepContent): unknown[] {
  return content.media.map((media) => [media.sha256, media.altText ?? '']);
}

/**
 * What earlier attempts left behind, as far as it fits the content of now. Unchanged content resumes with everything; changed
 * content keeps `uploads`, which providers key by file hash, because a container may hold the old text.
 */
export function usableArtefacts(
  run: Pick<Run, 'artefacts' | 'artefactsFor'>,
  fingerprint: string,
): Artefacts {
  if (!run.artefacts) return {};
  const stored = JSON.parse(run.artefacts) as Artefacts;
  if (run.artefactsFor === fingerprint) return stored;
  return stored.uploads === undefined ? {} : { uploads: stored.uploads };
}
