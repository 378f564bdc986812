import { ApiProblem } from '@/client/api';
import type { MediaAsset, StoredMedia } from '../../media-schema';

export interface UploadItem {
  id: string;
  file: File;
  /** `offline` goes on by itself once there is a connection. */
  status: 'waiting' | 'sending' | 'paused' | 'offline' | 'done' | 'failed';
  /** 0 to 1. */
  share: number;
  /** Once it goes in pieces: what has arrived stays, and it can pause. */
  uploadId?: string;
  asset?: MediaAsset;
  duplicate?: boolean;
  error?: unknown;
}

export interface SendOptions {
  /** 0 to 1, of the bytes sent. */
  onProgress: (share: number) => void;
  /** The file goes in pieces, under this id. */
  onBegun: (uploadId: string) => void;
  /** Go on with this one. */
  uploadId?: string | undefined;
  signal: AbortSignal;
}

export type SendFile = (file: File, options: SendOptions) => Promise<StoredMedia>;

/** Uploads a few files at a time, in order; each can be cancelled or tried again by itself. */
export class UploadQueue {
  #items: readonly UploadItem[] = [];
  #readers = new Set<() => void>();
  #running = new Map<string, AbortController>();
  #serial = 0;

  constructor(
    readonly send: SendFile,
    readonly onDone: (asset: MediaAsset) => void,
    /** Tells the server to forget what arrived. */
    readonly discard: (uploadId: string) => void = () => undefined,
    readonly atOnce = 2,
  ) {}

  subscribe = (reader: () => void): (() => void) => {
    this.#readers.add(reader);
    return () => this.#readers.delete(reader);
  };

  items = (): readonly UploadItem[] => this.#items;

  add(files: readonly File[]): void {
    const added = files.map((file): UploadItem => {
      this.#serial += 1;
      return { id: `upload-${this.#serial}`, file, status: 'waiting', share: 0 };
    });
    this.#set([...this.#items, ...added]);
    this.#fill();
  }

  retry(id: string): void {
    const uploadId = this.#items.find((item) => item.id === id)?.uploadId;
    this.#patch(id, { status: 'waiting', error: undefined, ...(uploadId ? {} : { share: 0 }) });
    this.#fill();
  }

  /** Stops sending; what has arrived stays. */
  pause(id: string): void {
    this.#patch(id, { status: 'paused' });
    this.#running.get(id)?.abort();
  }

  resume(id: string): void {
    this.retry(id);
  }

  /** There is a connection again. */
  reconnected(): void {
    for (const item of this.#items) if (item.status === 'offline') this.retry(item.id);
  }

  /** Stops it if it runs, and forgets it, here and on the server. */
  remove(id: string): void {
    this.#running.get(id)?.abort();
    const item = this.#items.find((one) => one.id === id);
    if (item?.uploadId && item.status !== 'done') this.discard(item.uploadId);
    this.#set(this.#items.filter((item) => item.id !== id));
  }

  clearDone(): void {
    this.#set(this.#items.filter((item) => item.status !== 'done'));
  }

  #fill(): void {
    const next = this.#items.filter((item) => item.status === 'waiting' && !this.#running.has(item.id));
    for (const item of next.slice(0, this.atOnce - this.#running.size)) void this.#run(item);
  }

  async #run(item: UploadItem): Promise<void> {
    const control = new AbortController();
    this.#running.set(item.id, control);
    this.#patch(item.id, { status: 'sending' });
    try {
      const { asset, duplicate } = await this.send(item.file, {
        onProgress: (share) => this.#patch(item.id, { share }),
        onBegun: (uploadId) => this.#patch(item.id, { uploadId }),
        uploadId: item.uploadId,
        signal: control.signal,
      });
      this.#patch(item.id, { status: 'done', share: 1, asset, duplicate });
      this.onDone(asset);
    } catch (error) {
      if (!control.signal.aborted) this.#patch(item.id, { ...after(error), error });
    } finally {
      if (this.#running.get(item.id) === control) this.#running.delete(item.id);
      this.#fill();
    }
  }

  #patch(id: string, patch: { [K in keyof UploadItem]?: UploadItem[K] | undefined }): void {
    this.#set(this.#items.map((item) => (item.id === id ? ({ ...item, ...patch } as UploadItem) : item)));
  }

  #set(items: readonly UploadItem[]): void {
    this.#items = items;
    for (const reader of this.#readers) reader();
  }
}

/** Without a connection nothing is wrong with a file of which parts have arrived. */
function after(error: unknown): Pick<UploadItem, 'status'> {
  return { status: error instanceof ApiProblem && error.code === 'offline' ? 'offline' : 'failed' };
}
