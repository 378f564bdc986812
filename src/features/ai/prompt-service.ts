import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import { ConflictError, NotFoundError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { PromptFields, VoiceFields } from './model';
import { renderTemplate, type VariableValues, voiceText } from './prompts/render';
import type { AiRepository, BrandVoice, PromptTemplate, PromptVersion, VoiceVersion } from './repository';

type Published = { version: number };
/** A head with the version that is shown: the published one, else the newest. */
export type PromptDetail = PromptTemplate & { current: PromptVersion };
export type VoiceDetail = BrandVoice & { current: VoiceVersion };

export interface RenderedTemplate {
  text: string;
  /** `{templateId}@{n}`, as it stands in usage rows and cache keys. */
  version: string;
}
export interface UsedVoice {
  text: string;
  version: string;
  bannedWords: readonly string[];
  locale: string | undefined;
}

/** Prompt templates and brand voices: immutable versions, of which one may be published. */
export class PromptService {
  constructor(
    readonly repository: AiRepository,
    readonly ids: Ids,
  ) {}

  static getInstance(): PromptService {
    return singleton<PromptService>('PromptService');
  }

  /**
   * The published version with its places filled.
   * @throws NotFoundError also for another organisation's template, or one that was never published; ValidationError.
   */
  async rendered(
    organizationId: string,
    templateId: string,
    values: VariableValues,
  ): Promise<RenderedTemplate> {
    const head = own(await this.repository.prompt(templateId), organizationId, 'This template');
    const number = head.status === 'published' ? head.publishedVersion : null;
    const version = number ? await this.repository.promptVersion(templateId, number) : null;
    if (!version) throw new NotFoundError('A published version of this template');
    return { text: renderTemplate(version, values), version: `${templateId}@${version.version}` };
  }

  /** @throws NotFoundError like {@link rendered}. */
  async voice(organizationId: string, voiceId: string): Promise<UsedVoice> {
    const head = own(await this.repository.voice(voiceId), organizationId, 'This brand voice');
    const number = head.status === 'published' ? head.publishedVersion : null;
    const version = number ? await this.repository.voiceVersion(voiceId, number) : null;
    if (!version) throw new NotFoundError('A published version of this brand voice');
    return {
      text: voiceText(version),
      version: `${voiceId}@${version.version}`,
      bannedWords: version.bannedWords,
      locale: version.locale,
    };
  }

  // ── Templates ─────────────────────────────────────────────────────────────────────────────────────────────────────

  listPrompts(actor: Actor, query: PageQuery): Promise<Page<PromptTemplate>> {
    return this.repository.prompts(actor.organizationId, query);
  }

  async getPrompt(actor: Actor, id: string): Promise<PromptDetail> {
    const head = own(await this.repository.prompt(id), actor.organizationId, 'This template');
    const current = await this.repository.promptVersion(id, head.publishedVersion ?? head.latestVersion);
    if (!current) throw new NotFoundError('This template');
    return { ...head, current };
  }

  async createPrompt(actor: Actor, fields: PromptFields): Promise<PromptDetail> {
    const id = this.ids.next('tpl');
    await this.repository.addPromptVersion(id, fields, actor, true);
    return this.getPrompt(actor, id);
  }

  /** A change is a new version; what was published stays published. */
  async changePrompt(actor: Actor, id: string, fields: PromptFields): Promise<PromptDetail & Published> {
    const version = await this.repository.addPromptVersion(id, fields, actor, false);
    if (!version) throw new NotFoundError('This template');
    const current = await this.repository.promptVersion(id, version);
    const detail = await this.getPrompt(actor, id);
    return { ...detail, current: current ?? detail.current, version };
  }

  async publishPrompt(actor: Actor, id: string, version: number): Promise<PromptDetail> {
    await this.getPrompt(actor, id);
    if (!(await this.repository.promptVersion(id, version))) throw new NotFoundError('This version');
    await this.repository.publishPrompt(id, {
      status: 'published',
      publishedVersion: version,
      updatedBy: actor.userId,
    });
    return this.getPrompt(actor, id);
  }

  async archivePrompt(actor: Actor, id: string): Promise<void> {
    const { publishedVersion } = await this.getPrompt(actor, id);
    await this.repository.publishPrompt(id, {
      status: 'archived',
      publishedVersion,
      updatedBy: actor.userId,
    });
  }

  // ── Voices ────────────────────────────────────────────────────────────────────────────────────────────────────────

  listVoices(actor: Actor, query: PageQuery): Promise<Page<BrandVoice>> {
    return this.repository.voices(actor.organizationId, query);
  }

  async getVoice(actor: Actor, id: string): Promise<VoiceDetail> {
    const head = own(await this.repository.voice(id), actor.organizationId, 'This brand voice');
    const current = await this.repository.voiceVersion(id, head.publishedVersion ?? head.latestVersion);
    if (!current) throw new NotFoundError('This brand voice');
    return { ...head, current };
  }

  async createVoice(actor: Actor, fields: VoiceFields): Promise<VoiceDetail> {
    const id = this.ids.next('voice');
    await this.repository.addVoiceVersion(id, fields, actor, true);
    return this.getVoice(actor, id);
  }

  async changeVoice(actor: Actor, id: string, fields: VoiceFields): Promise<VoiceDetail & Published> {
    const version = await this.repository.addVoiceVersion(id, fields, actor, false);
    if (!version) throw new NotFoundError('This brand voice');
    const current = await this.repository.voiceVersion(id, version);
    const detail = await this.getVoice(actor, id);
    return { ...detail, current: current ?? detail.current, version };
  }

  async publishVoice(actor: Actor, id: string, version: number): Promise<VoiceDetail> {
    await this.getVoice(actor, id);
    if (!(await this.repository.voiceVersion(id, version))) throw new NotFoundError('This version');
    await this.repository.publishVoice(id, {
      status: 'published',
      publishedVersion: version,
      updatedBy: actor.userId,
    });
    return this.getVoice(actor, id);
  }

  /** @throws ConflictError while the organisation writes with it by default. */
  async archiveVoice(actor: Actor, id: string): Promise<void> {
    const { publishedVersion } = await this.getVoice(actor, id);
    const settings = await this.repository.settings(actor.organizationId);
    const used =
      settings && (settings.defaultVoiceId === id || Object.values(settings.channelVoices).includes(id));
    if (used)
      throw new ConflictError('This voice is set in the AI settings. Choose another one there first.');
    await this.repository.publishVoice(id, { status: 'archived', publishedVersion, updatedBy: actor.userId });
  }
}

/** Another organisation's document does not exist for the caller. */
function own<T extends { organizationId: string }>(found: T | null, organizationId: string, what: string): T {
  if (found?.organizationId !== organizationId) throw new NotFoundError(what);
  return found;
}
