import 'server-only';
import { type FieldFault, isSystemError } from '@/core/errors';
import type { Finding } from '@/features/platforms/finding-schema';
import type { Connection } from '@/features/platforms/schema';
import type { ImportColumn, ImportFault, ImportRow } from './import-schema';
import { listOfCell, partsOfCell } from './import-table';
import { type CreatePostRequest, createPostRequestSchema } from './schema';

/** What rows may name: looked up once for a whole file. */
export interface ImportNames {
  /** By id, and by `network:handle`. */
  channels: ReadonlyMap<string, Connection>;
  /** Ids by name and by id. */
  campaigns: ReadonlyMap<string, string>;
}

export interface ReadRow {
  request: CreatePostRequest;
  /** Addresses of files that are to be fetched first. */
  mediaUrls: string[];
}

const COLUMN_OF: readonly (readonly [RegExp, ImportColumn])[] = [
  [/^(master\.)?text/, 'text'],
  [/^(master\.)?title/, 'title'],
  [/^(master\.)?link/, 'link'],
  [/^(master\.)?media/, 'media'],
  [/^thread/, 'thread'],
  [/^(firstComment|comment)/, 'first_comment'],
  [/^tags/, 'tags'],
  [/^campaignId/, 'campaign'],
  [/^channels/, 'channels'],
  [/^schedule\.localTime/, 'local_time'],
  [/^schedule\.zone/, 'zone'],
  [/^schedule/, 'mode'],
];

function columnOf(path: string): string {
  const bare = path.replace(/^body\./, '');
  return COLUMN_OF.find(([pattern]) => pattern.test(bare))?.[1] ?? '';
}

/** Reads one row as a post. */
export function readRow(
  row: number,
  cells: ImportRow,
  names: ImportNames,
): ReadRow | { faults: ImportFault[] } {
  const faults: ImportFault[] = [];
  const channels = listOfCell(cells.channels).flatMap((name) => {
    const found = names.channels.get(name.toLowerCase());
    if (!found)
      faults.push({
        row,
        column: 'channels',
        code: 'unknown_channel',
        message: `There is no channel "${name.slice(0, 80)}". Write network:handle, such as mastodon:shop, or its id.`,
      });
    return found ? [{ connectionId: found.id }] : [];
  });
  const campaignId = cells.campaign ? names.campaigns.get(cells.campaign.trim().toLowerCase()) : undefined;
  if (cells.campaign && !campaignId)
    faults.push({
      row,
      column: 'campaign',
      code: 'unknown_campaign',
      message: `There is no campaign "${cells.campaign.slice(0, 80)}".`,
    });
  const media = listOfCell(cells.media?.replaceAll(/\s+/g, '\n'));
  const mediaUrls = media.filter((one) => /^https?:\/\//i.test(one));
  const mediaIds = media.filter((one) => !mediaUrls.includes(one));
  const mode = cells.mode?.trim().toLowerCase() || (cells.local_time ? 'at' : 'draft');
  const thread = partsOfCell(cells.thread);
  const parsed = createPostRequestSchema.safeParse({
    master: {
      text: cells.text ?? '',
      mediaIds,
      ...(cells.link ? { link: cells.link.trim() } : {}),
      ...(cells.title ? { title: cells.title } : {}),
    },
    channels,
    tags: listOfCell(cells.tags),
    schedule: {
      mode,
      ...(cells.local_time ? { localTime: cells.local_time.trim().replace(' ', 'T') } : {}),
      ...(cells.zone ? { zone: cells.zone.trim() } : {}),
    },
    ...(thread.length > 0 ? { thread } : {}),
    ...(cells.first_comment ? { firstComment: cells.first_comment } : {}),
    ...(campaignId ? { campaignId } : {}),
  });
  if (!parsed.success)
    for (const { path, message } of parsed.error.issues)
      faults.push({ row, column: columnOf(path.join('.')), code: 'invalid', message });
  else if (!cells.text?.trim() && media.length === 0)
    faults.push({ row, column: 'text', code: 'empty', message: 'Write a text, or name a file.' });
  if (!parsed.success || faults.length > 0) return { faults };
  return { request: parsed.data, mediaUrls };
}

/** What a refused row is told. Rethrows what is no refusal. */
export function faultsOf(row: number, error: unknown): ImportFault[] {
  if (!isSystemError(error)) throw error;
  const findings = (error.details?.findings ?? []) as Finding[];
  const broken = findings.filter((finding) => finding.severity === 'error');
  if (broken.length > 0)
    return broken.map(({ path, code, message, fix }) => ({
      row,
      column: columnOf(path),
      code,
      message: fix ? `${message} ${fix}` : message,
    }));
  const faults: readonly FieldFault[] = error.faults ?? [];
  if (faults.length > 0)
    return faults.map(({ path, message }) => ({ row, column: columnOf(path), code: 'invalid', message }));
  if (error.code === 'internal') throw error;
  return [{ row, column: '', code: error.code, message: error.message }];
}
