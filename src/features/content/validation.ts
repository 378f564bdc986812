import 'server-only';
import { type FieldFault, NotFoundError, SystemError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { Finding } from '@/features/platforms/finding-schema';
import { validateVariant } from '@/features/platforms/rules/validate';
import type { Connection, MediaFacts } from '@/features/platforms/schema';
import type { ValidateAnswer } from './answer-schema';
import type { ChannelDirectory } from './channel-directory';
import { channelFindings } from './channel-findings';
import { countedLinks, type LinkForm } from './links';
import type { CampaignBook } from './ports';
import type { ComposedContent, PostChannel, ValidateRequest } from './schema';
import { effectiveVariant, sendableVariant } from './variant';

export interface MediaFactsSource {
  facts(organizationId: string, ids: readonly string[]): Promise<Map<string, MediaFacts>>;
}

/** Everything a post refers to, looked up once. */
export interface References {
  connections: ReadonlyMap<string, Connection>;
  media: ReadonlyMap<string, MediaFacts>;
  /** Name of the post's campaign, which links may carry. */
  campaign?: string | undefined;
}

interface Mentioned {
  master: ComposedContent['master'];
  channels: readonly {
    connectionId?: string | undefined;
    variant?: PostChannel['variant'] | undefined;
  }[];
  campaignId?: string | null | undefined;
}

/** Every file the content names, once. */
export function mediaIdsOf(content: Mentioned): string[] {
  const variants = content.channels.flatMap((channel) => channel.variant?.mediaIds ?? []);
  return [...new Set([...content.master.mediaIds, ...variants])];
}

/** Rules of the networks, and of what a post may refer to. */
export class ContentValidator {
  constructor(
    readonly channels: ChannelDirectory,
    readonly media: MediaFactsSource,
    readonly clock: Clock,
    readonly links: { base: string; campaigns: Pick<CampaignBook, 'nameOf'> },
  ) {}

  static getInstance(): ContentValidator {
    return singleton<ContentValidator>('ContentValidator');
  }

  /**
   * Looks up what a request names.
   * @throws ValidationError with the path of each channel or file that this organisation does not have.
   */
  async references(organizationId: string, content: Mentioned): Promise<References> {
    const ids = content.channels.flatMap((channel) => channel.connectionId ?? []);
    const { campaignId } = content;
    const [connections, media, campaign] = await Promise.all([
      this.channels.connections(organizationId, ids),
      this.media.facts(organizationId, mediaIdsOf(content)),
      campaignId ? this.links.campaigns.nameOf(organizationId, campaignId) : undefined,
    ]);
    const faults: FieldFault[] = [];
    const check = (path: string, files: readonly string[]) =>
      files.forEach((id, index) => {
        if (!media.has(id))
          faults.push({ path: `${path}.${index}`, message: 'This file is not in your media library.' });
      });
    check('body.master.mediaIds', content.master.mediaIds);
    content.channels.forEach((channel, index) => {
      const path = `body.channels.${index}`;
      if (channel.connectionId && !connections.has(channel.connectionId)) {
        faults.push({ path: `${path}.connectionId`, message: 'Your organisation has no such channel.' });
      }
      check(`${path}.variant.mediaIds`, channel.variant?.mediaIds ?? []);
    });
    if (faults.length > 0) throw new ValidationError('The post refers to things that are not there.', faults);
    return { connections, media, campaign };
  }

  /** Links as they count on a channel. */
  #linksOf(
    { settings, handle: channel, platform: network }: Connection,
    campaign: string | undefined,
  ): LinkForm {
    return countedLinks({ settings, base: this.links.base, values: { channel, network, campaign } });
  }

  /** Findings of some channels of a post: the network's rules and the state of the connection. */
  async findings(
    content: ComposedContent,
    connectionIds: readonly string[],
    references: References,
    dueAt: Date | null,
  ): Promise<Finding[]> {
    const lists = await Promise.all(
      connectionIds.map(async (id) => {
        const connection = references.connections.get(id);
        if (!connection) throw new NotFoundError('This channel');
        const { findings } = await validateVariant({
          platform: connection.platform,
          connectionId: id,
          variant: sendableVariant(effectiveVariant(content, id), {
            mediaById: references.media,
            signature: connection.settings.signature,
            links: this.#linksOf(connection, references.campaign),
          }),
          settings: connection.settings,
          limits: connection.limits,
        });
        return [...findings, ...channelFindings(connection, dueAt, this.clock.now())];
      }),
    );
    return lists.flat();
  }

  /** `POST /api/posts/validate`: nothing is stored, and a network may stand in for a connection. */
  async validate(organizationId: string, request: ValidateRequest): Promise<ValidateAnswer> {
    const { connections, media, campaign } = await this.references(organizationId, request);
    const channels = await Promise.all(
      request.channels.map(async (asked, index) => {
        const connection = asked.connectionId ? connections.get(asked.connectionId) : undefined;
        const platform = connection?.platform ?? asked.platform;
        if (!platform) throw ValidationError.at(`body.channels.${index}.platform`, 'Name a network.');
        if (connection && asked.platform && asked.platform !== connection.platform) {
          throw ValidationError.at(`body.channels.${index}.platform`, 'This channel is on another network.');
        }
        const key = `${index}`;
        const { connectionId: _, platform: __, ...rest } = asked;
        const content = { ...request, channels: [{ ...rest, connectionId: key, platform }] };
        const { counts, findings } = await validateVariant({
          platform,
          variant: sendableVariant(effectiveVariant(content, key), {
            mediaById: media,
            signature: connection?.settings.signature,
            links: connection && this.#linksOf(connection, campaign),
          }),
          ...(connection
            ? {
                connectionId: connection.id,
                settings: connection.settings,
                limits: connection.limits,
              }
            : {}),
        });
        const state = connection ? channelFindings(connection, null, this.clock.now()) : [];
        return {
          platform,
          counts,
          findings: [...findings, ...state],
          ...(connection ? { connectionId: connection.id } : {}),
        };
      }),
    );
    const ok = channels.every(({ findings }) => findings.every(({ severity }) => severity !== 'error'));
    return { ok, channels };
  }
}

/** @throws SystemError `rules_violated`, carrying every finding, when one of them is an error. */
export function requireNoErrors(findings: readonly Finding[]): Finding[] {
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (errors.length === 0) return [...findings];
  const [first] = errors;
  throw new SystemError(
    errors.length === 1 && first
      ? `${first.message}${first.fix ? ` ${first.fix}` : ''}`
      : `${errors.length} rules of your channels are broken. Fix them, then try again.`,
    'rules_violated',
    { details: { findings: [...findings] } },
  );
}
