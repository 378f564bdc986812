import { describe, expect, it } from 'vitest';
import { ApiProblem } from '@/client/api';
import type { MediaAsset } from '../../media-schema';
import { type SendFile, UploadQueue } from './upload-queue';

function setup() {
  const sent: {
    name: string;
    finish: (ok: boolean) => void;
    progress: (share: number) => void;
    begun: (uploadId: string) => void;
    fail: (error: unknown) => void;
    uploadId: string | undefined;
    signal: AbortSignal;
  }[] = [];
  const done: string[] = [];
  const send: SendFile = (file, { onProgress, onBegun, uploadId, signal }) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')));
      sent.push({
        name: file.name,
        progress: onProgress,
        begun: onBegun,
        fail: reject,
        uploadId,
        signal,
        finish: (ok) =>
          ok
            ? resolve({ asset: { id: file.name } as MediaAsset, duplicate: false })
            : reject(new Error('no')),
      });
    });
  const discarded: string[] = [];
  const queue = new UploadQueue(
    send,
    (asset) => done.push(asset.id),
    (uploadId) => discarded.push(uploadId),
  );
  const states = () => queue.items().map((item) => `${item.file.name} ${item.status}`);
  return { queue, sent, done, discarded, states };
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

  it('pauses one and goes on with the same upload, and the next one takes its place meanwhile', async () => {
    const { queue, sent, states, discarded } = setup();
    queue.add(files('a', 'b', 'c'));
    sent[0]?.begun('upl_1');
    sent[0]?.progress(0.4);
    queue.pause('upload-1');
    await settle();
    expect(states()).toEqual(['a paused', 'b sending', 'c sending']);
    sent[1]?.finish(true);
    await settle();
    queue.resume('upload-1');
    expect([sent[3]?.name, sent[3]?.uploadId, queue.items()[0]?.share]).toEqual(['a', 'upl_1', 0.4]);
    expect(discarded).toEqual([]);
  });

  it('goes on quickly after a pause that was over before the first run had ended', async () => {
    const { queue, sent, states } = setup();
    queue.add(files('a'));
    sent[0]?.begun('upl_1');
    queue.pause('upload-1');
    queue.resume('upload-1');
    await settle();
    expect(states()).toEqual(['a sending']);
    expect(sent.map(({ uploadId }) => uploadId)).toEqual([undefined, 'upl_1']);
  });

  it('waits for a connection and goes on by itself; a refused file does not', async () => {
    const { queue, sent, states } = setup();
    queue.add(files('a', 'b'));
    sent[0]?.begun('upl_1');
    sent[0]?.fail(new ApiProblem(0, { code: 'offline' }));
    sent[1]?.fail(new ApiProblem(415, { code: 'unsupported_media_type' }));
    await settle();
    expect(states()).toEqual(['a offline', 'b failed']);
    queue.reconnected();
    expect(states()).toEqual(['a sending', 'b failed']);
    expect(sent[2]?.uploadId).toBe('upl_1');
  });

  it('tells the server what is cancelled, and keeps its hands off what is done', async () => {
    const { queue, sent, discarded } = setup();
    queue.add(files('a', 'b'));
    sent[0]?.begun('upl_1');
    sent[1]?.begun('upl_2');
    sent[1]?.finish(true);
    await settle();
    queue.remove('upload-1');
    queue.remove('upload-2');
    expect(discarded).toEqual(['upl_1']);
  });
});
