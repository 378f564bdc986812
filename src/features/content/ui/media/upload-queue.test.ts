import { describe, expect, it } from 'vitest';
import type { MediaAsset } from '../../media-schema';
import { type SendFile, UploadQueue } from './upload-queue';

function setup() {
  const sent: {
    name: string;
    finish: (ok: boolean) => void;
    progress: (share: number) => void;
    signal: AbortSignal;
  }[] = [];
  const done: string[] = [];
  const send: SendFile = (file, { onProgress, signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')));
      sent.push({
        name: file.name,
        progress: onProgress,
        signal,
        finish: (ok) =>
          ok
            ? resolve({ asset: { id: file.name } as MediaAsset, duplicate: false })
            : reject(new Error('no')),
      });
    });
  const queue = new UploadQueue(send, (asset) => done.push(asset.id));
  const states = () => queue.items().map((item) => `${item.file.name} ${item.status}`);
  return { queue, sent, done, states };
}
const files = (...names: string[]) => names.map((name) => new File(['x'], name));
const settle = () => new Promise((resolve) => setTimeout(resolve));

describe('upload queue', () => {
  it('sends two at a time, in order, and goes on after each', async () => {
    const { queue, sent, done, states } = setup();
    queue.add(files('a', 'b', 'c'));
    expect(states()).toEqual(['a sending', 'b sending', 'c waiting']);
    sent[1]?.progress(0.5);
    expect(queue.items()[1]?.share).toBe(0.5);
    sent[0]?.finish(true);
    await settle();
    expect(states()).toEqual(['a done', 'b sending', 'c sending']);
    sent[1]?.finish(true);
    sent[2]?.finish(true);
    await settle();
    expect(done).toEqual(['a', 'b', 'c']);
    queue.clearDone();
    expect(queue.items()).toEqual([]);
  });

  it('keeps a failed one for another try and does not let it block the rest', async () => {
    const { queue, sent, states } = setup();
    queue.add(files('a', 'b', 'c'));
    sent[0]?.finish(false);
    await settle();
    expect(states()).toEqual(['a failed', 'b sending', 'c sending']);
    sent[1]?.finish(true);
    await settle();
    const [failed] = queue.items();
    queue.retry(failed?.id ?? '');
    expect(states()[0]).toBe('a sending');
  });

  it('cancels one and starts the next', async () => {
    const { queue, sent, states } = setup();
    queue.add(files('a', 'b', 'c'));
    queue.remove(queue.items()[0]?.id ?? '');
    await settle();
    expect(sent[0]?.signal.aborted).toBe(true);
    expect(states()).toEqual(['b sending', 'c sending']);
  });
});
