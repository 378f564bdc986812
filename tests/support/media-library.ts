import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { POST } from '@/app/api/media/route';
import type { MediaAsset, StoredMedia } from '@/features/content/media-schema';
import { core } from '@/server/core';
import { call, type Person, team } from './accounts';

/** Who may do what with the files of one organisation, and somebody of another. */
export async function mediaTeam() {
  const made = await team({ member: 'member', viewer: 'viewer' });
  return { ...made, stranger: await team() };
}

/** Adds a file as somebody, in one request. */
export const upload = (raw: Uint8Array<ArrayBuffer>, as: Person, query = '') =>
  call<StoredMedia & { code: string; detail: string }>(POST, { path: `/api/media${query}`, raw, as });

export async function stored(raw: Uint8Array<ArrayBuffer>, as: Person): Promise<MediaAsset> {
  const answer = await upload(raw, as);
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.json.asset;
}

/** Names of all files the store keeps for an organisation. */
export async function filesOf(organizationId: string): Promise<string[]> {
  const names = await readdir(join(core.env.MEDIA_DIR, organizationId), { recursive: true });
  return names.filter((name) => name.includes('.'));
}
