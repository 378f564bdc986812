import type { MediaAsset, StoredMedia } from '../../media-schema';

export interface UploadItem {
  id: string;
  file: File;
  status: 'waiting' | 'sending' | 'done' | 'failed';
  /** 0 to 1. */
  share: number;
  asset?: MediaAsset;
  duplicate?: boolean;
  error?: unknown;
}

export type SendFile = (
  file: File,
  options: { onProgress: (share: number) => void; signal: AbortSignal },
) => Promise<StoredMedia>;

/** Uploads a few files at a time, in order; each can be cancelled or tried again by itself. */
export class UploadQueue {
  #items: readonly UploadItem[] = [];
  #readers = new Set<() => void>();
  #running = new Map<string, AbortController>();
  #serial = 0;

  constructor(
    readonly send: SendFile,
    readonly onDone: (asset: MediaAsset) => void,
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
    this.#patch(id, { status: 'waiting', share: 0, error: undefined });
    this.#fill();
  }

  /** Stops it if it runs, and forgets it. */
  remove(id: string): void {
    this.#running.get(id)?.abort();
    this.#set(this.#items.filter((item) => item.id !== id));
  }

  clearDone(): void {
    this.#set(this.#items.filter((item) => item.status !== 'done'));
  }

  #fill(): void {
    const next = this.#items.filter((item) => item.status === 'waiting');
    for (const item of next.slice(0, this.atOnce - this.#running.size)) void this.#run(item);
  }

  async #run(item: UploadItem): Promise<void> {
    const control = new AbortController();
    this.#running.set(item.id, control);
    this.#patch(item.id, { status: 'sending' });
    try {
      const { asset, duplicate } = await this.send(item.file, {
        onProgress: (share) => this.#patch(item.id, { share }),
        signal: control.signal,
      });
      this.#patch(item.id, { status: 'done', share: 1, asset, duplicate });
      this.onDone(asset);
    } catch (error) {
      if (!control.signal.aborted) this.#patch(item.id, { status: 'failed', error });
    } finally {
      this.#running.delete(item.id);
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
