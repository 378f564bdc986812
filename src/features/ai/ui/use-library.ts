'use client';
import { api } from '@/client/api';
import { useLiveQuery } from '@/client/use-live-query';
import type { DocOf } from '@/core/db/model';
import { brandVoiceModel, promptTemplateModel, promptVersionModel, voiceVersionModel } from '../model';

/** Far above what an organisation keeps; listeners always carry a limit. */
const HEADS = 100;
const VERSIONS = 50;

export type VoiceHead = DocOf<typeof brandVoiceModel>;
export type PromptHead = DocOf<typeof promptTemplateModel>;
export type VoiceVersion = DocOf<typeof voiceVersionModel>;
export type PromptVersion = DocOf<typeof promptVersionModel>;
/** What voices and templates have in common: a name that points at immutable versions. */
export type Head = VoiceHead | PromptHead;

const within = (organizationId: string) => [['organizationId', '==', organizationId]] as const;

export function useVoices(organizationId: string) {
  return useLiveQuery({
    model: brandVoiceModel,
    where: within(organizationId),
    orderBy: [['updatedAt', 'desc']],
    limit: HEADS,
  });
}

export function usePrompts(organizationId: string) {
  return useLiveQuery({
    model: promptTemplateModel,
    where: within(organizationId),
    orderBy: [['updatedAt', 'desc']],
    limit: HEADS,
  });
}

export function useVoiceVersions(organizationId: string, voiceId: string | null) {
  return useLiveQuery(
    voiceId === null
      ? null
      : {
          model: voiceVersionModel,
          params: { voiceId },
          where: within(organizationId),
          orderBy: [['version', 'desc']],
          limit: VERSIONS,
        },
  );
}

export function usePromptVersions(organizationId: string, templateId: string | null) {
  return useLiveQuery(
    templateId === null
      ? null
      : {
          model: promptVersionModel,
          params: { templateId },
          where: within(organizationId),
          orderBy: [['version', 'desc']],
          limit: VERSIONS,
        },
  );
}

const PATHS = { voices: '/api/ai/brand-voices', prompts: '/api/ai/prompts' } as const;
export type Kind = keyof typeof PATHS;

interface Saved {
  id: string;
  latestVersion: number;
}

/** Writes a new version, of a new entry when there is no id, and makes it the one in use where asked. */
export async function saveVersion(
  kind: Kind,
  id: string | null,
  fields: unknown,
  { publish, attempt }: { publish: boolean; attempt: string },
): Promise<Saved> {
  const saved = await (id === null
    ? api<Saved>('POST', PATHS[kind], { body: fields, idempotencyKey: attempt })
    : api<Saved>('PUT', `${PATHS[kind]}/${id}`, { body: fields }));
  if (publish) await publishVersion(kind, saved.id, saved.latestVersion);
  return saved;
}

export function publishVersion(kind: Kind, id: string, version: number): Promise<unknown> {
  return api('POST', `${PATHS[kind]}/${id}/publish`, { body: { version } });
}

export function archive(kind: Kind, id: string): Promise<unknown> {
  return api('DELETE', `${PATHS[kind]}/${id}`);
}
