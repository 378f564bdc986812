import 'server-only';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, Doc } from '@/core/db/db';
import type { PromptFields, VoiceFields } from './model';
import {
  type AiSettings,
  aiSettingsModel,
  brandVoiceModel,
  promptTemplateModel,
  promptVersionModel,
  voiceVersionModel,
} from './model';

export type PromptTemplate = Doc<typeof promptTemplateModel>;
export type PromptVersion = Doc<typeof promptVersionModel>;
export type BrandVoice = Doc<typeof brandVoiceModel>;
export type VoiceVersion = Doc<typeof voiceVersionModel>;

interface Authorship {
  organizationId: string;
  userId: string;
}

/** Settings, prompt templates and brand voices. Versions are written once and never changed. */
export class AiRepository {
  constructor(readonly db: Db) {}

  settings(organizationId: string): Promise<Doc<typeof aiSettingsModel> | null> {
    return this.db.get(this.db.doc(aiSettingsModel, organizationId));
  }

  async saveSettings(organizationId: string, settings: AiSettings): Promise<void> {
    await this.db.set(this.db.doc(aiSettingsModel, organizationId), { ...settings, organizationId });
  }

  // ── Prompt templates ──────────────────────────────────────────────────────────────────────────────────────────────

  prompts(organizationId: string, query: PageQuery): Promise<Page<PromptTemplate>> {
    const all = this.db.collection(promptTemplateModel).where('organizationId', '==', organizationId);
    return this.db.page(all, query, { field: 'updatedAt' });
  }

  prompt(id: string): Promise<PromptTemplate | null> {
    return this.db.get(this.db.doc(promptTemplateModel, id));
  }

  promptVersion(templateId: string, version: number): Promise<PromptVersion | null> {
    return this.db.get(this.db.doc(promptVersionModel, String(version), { templateId }));
  }

  /** The first version of a new template, or the next one of a known template. @returns its number; null when it is gone. */
  addPromptVersion(id: string, fields: PromptFields, by: Authorship, isNew: boolean): Promise<number | null> {
    const ref = this.db.doc(promptTemplateModel, id);
    return this.db.run(async (tx) => {
      const known = await tx.get(ref);
      if (isNew ? known : known?.organizationId !== by.organizationId) return null;
      const version = (known?.latestVersion ?? 0) + 1;
      tx.create(this.db.doc(promptVersionModel, String(version), { templateId: id }), {
        organizationId: by.organizationId,
        version,
        createdBy: by.userId,
        ...fields,
      });
      const head = { name: fields.name, task: fields.task, latestVersion: version, updatedBy: by.userId };
      if (known) tx.update(ref, head);
      else
        tx.create(ref, {
          ...head,
          organizationId: by.organizationId,
          status: 'draft',
          publishedVersion: null,
        });
      return version;
    });
  }

  async publishPrompt(
    id: string,
    patch: Pick<PromptTemplate, 'status' | 'publishedVersion' | 'updatedBy'>,
  ): Promise<void> {
    await this.db.update(this.db.doc(promptTemplateModel, id), patch);
  }

  // ── Brand voices ──────────────────────────────────────────────────────────────────────────────────────────────────

  voices(organizationId: string, query: PageQuery): Promise<Page<BrandVoice>> {
    const all = this.db.collection(brandVoiceModel).where('organizationId', '==', organizationId);
    return this.db.page(all, query, { field: 'updatedAt' });
  }

  voice(id: string): Promise<BrandVoice | null> {
    return this.db.get(this.db.doc(brandVoiceModel, id));
  }

  voiceVersion(voiceId: string, version: number): Promise<VoiceVersion | null> {
    return this.db.get(this.db.doc(voiceVersionModel, String(version), { voiceId }));
  }

  addVoiceVersion(id: string, fields: VoiceFields, by: Authorship, isNew: boolean): Promise<number | null> {
    const ref = this.db.doc(brandVoiceModel, id);
    return this.db.run(async (tx) => {
      const known = await tx.get(ref);
      if (isNew ? known : known?.organizationId !== by.organizationId) return null;
      const version = (known?.latestVersion ?? 0) + 1;
      tx.create(this.db.doc(voiceVersionModel, String(version), { voiceId: id }), {
        organizationId: by.organizationId,
        version,
        createdBy: by.userId,
        ...fields,
      });
      const head = { name: fields.name, latestVersion: version, updatedBy: by.userId };
      if (known) tx.update(ref, head);
      else
        tx.create(ref, {
          ...head,
          organizationId: by.organizationId,
          status: 'draft',
          publishedVersion: null,
        });
      return version;
    });
  }

  async publishVoice(
    id: string,
    patch: Pick<BrandVoice, 'status' | 'publishedVersion' | 'updatedBy'>,
  ): Promise<void> {
    await this.db.update(this.db.doc(brandVoiceModel, id), patch);
  }
}
