import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { cacheKey } from '@/core/cache/keys';
import { ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import type { Tier } from '@/features/organizations/schema';
import { type AiSettings, aiSettingsFields } from './model';
import type { AiRepository } from './repository';
import type { OrganizationFacts, OrganizationReader } from './task';

export interface TierReader {
  tierOf(organizationId: string): Promise<Tier>;
}

/** A cache in front of two documents that every AI request needs. */
export interface SettingsCache {
  getOrLoad<T>(key: string, load: () => Promise<T>, ttlSeconds: number): Promise<T>;
  forget(key: string): Promise<void>;
}

const TTL_SECONDS = 60;

/** What each organisation decided about AI, and the tier it pays for. */
export class AiSettingsService implements OrganizationReader {
  constructor(
    readonly repository: AiRepository,
    readonly tiers: TierReader,
    readonly cache: SettingsCache,
  ) {}

  static getInstance(): AiSettingsService {
    return singleton<AiSettingsService>('AiSettingsService');
  }

  of(organizationId: string): Promise<OrganizationFacts> {
    return this.cache.getOrLoad(keyOf(organizationId), () => this.#load(organizationId), TTL_SECONDS);
  }

  async get(actor: Actor): Promise<AiSettings> {
    return aiSettingsFields.strip().parse((await this.repository.settings(actor.organizationId)) ?? {});
  }

  /** @throws ValidationError for a voice that is not the organisation's. */
  async update(actor: Actor, settings: AiSettings): Promise<AiSettings> {
    await this.#checkVoices(actor.organizationId, settings);
    await this.repository.saveSettings(actor.organizationId, settings);
    await this.cache.forget(keyOf(actor.organizationId));
    return settings;
  }

  async #load(organizationId: string): Promise<OrganizationFacts> {
    const [stored, tier] = await Promise.all([
      this.repository.settings(organizationId),
      this.tiers.tierOf(organizationId),
    ]);
    const settings = aiSettingsFields.strip().parse(stored ?? {});
    return { tier, settings, version: String(stored?.updatedAt.getTime() ?? 0) };
  }

  async #checkVoices(organizationId: string, settings: AiSettings): Promise<void> {
    const named = [
      ...(settings.defaultVoiceId ? [['body.defaultVoiceId', settings.defaultVoiceId] as const] : []),
      ...Object.entries(settings.channelVoices).map(
        ([channel, id]) => [`body.channelVoices.${channel}`, id] as const,
      ),
    ];
    for (const [path, id] of named) {
      const voice = await this.repository.voice(id);
      if (voice?.organizationId !== organizationId || voice.status !== 'published')
        throw ValidationError.at(path, 'Choose a published brand voice of this organisation.');
    }
  }
}

function keyOf(organizationId: string): string {
  return cacheKey.org(organizationId, 'aisettings');
}
