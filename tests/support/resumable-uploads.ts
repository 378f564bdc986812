import * as ONE from '@/app/api/media/uploads/[id]/route';
import * as ALL from '@/app/api/media/uploads/route';
import type { UploadState } from '@/features/content/media-upload-schema';
import { call, type Person } from './accounts';

/** What every call of the tus protocol carries. */
export const TUS = { 'tus-resumable': '1.0.0' };
export const PIECE = { ...TUS, 'content-type': 'application/offset+octet-stream' };
export const base64 = (text: string) => Buffer.from(text).toString('base64');
type Problem = { code: string; detail: string; offset?: number; errors?: { path: string }[] };

/** Calls of somebody who uploads a file in pieces; those that name nobody are theirs. */
export class UploadCaller {
  constructor(private readonly owner: () => Person) {}

  /** @returns the address of the new upload. */
  readonly begin = async (length: number, about = `filename ${base64('sea.mp4')}`): Promise<string> => {
    const answer = await call<Problem>(ALL.POST, {
      path: '/api/media/uploads',
      as: this.owner(),
      headers: { ...TUS, 'upload-length': String(length), 'upload-metadata': about },
    });
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.headers.get('location') ?? '';
  };

  readonly send = (path: string, offset: number, bytes: Uint8Array, as = this.owner()) =>
    call<Problem>(ONE.PATCH, {
      path,
      as,
      raw: Uint8Array.from(bytes),
      headers: { ...PIECE, 'upload-offset': String(offset) },
    });

  readonly head = (path: string, as = this.owner()) => call(ONE.HEAD, { path, as, headers: TUS });
  readonly offsetOf = async (path: string) => (await this.head(path)).headers.get('upload-offset');
  /** Unfinished ones. */
  readonly mine = async (as = this.owner()) =>
    (await call<{ items: UploadState[] }>(ALL.GET, { path: '/api/media/uploads', as })).json.items;
}
