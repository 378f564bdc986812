import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { content, mediaSource, TestStep } from '@tests/fakes/platforms/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FILE_NETWORKS } from './platforms-networks-files';
import type { NetworkUnderTest } from './platforms-networks-parts';
import { startForgetfulSandbox } from './platforms-networks-sandbox';

const MB = 1_000_000;
const SIZE = 96 * MB;
/** Bytes between two looks at the memory. */
const STRIDE = 5 * MB;
const PIECE = new Uint8Array(256 * 1024);

const NETWORKS: [string, 'image' | 'video', () => Promise<NetworkUnderTest>][] = [
  ['the sandbox, in one piece', 'image', startForgetfulSandbox],
  ...FILE_NETWORKS.filter(([name]) => name === 'YouTube' || name === 'TikTok').map(
    ([name, start]): [string, 'video', typeof start] => [`${name}, in many`, 'video', start],
  ),
];

/** A file that is made while it is read: held nowhere. */
function endless(bytes: number, watch: (made: number) => void): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      const piece = left >= PIECE.length ? PIECE : PIECE.slice(0, left);
      left -= piece.length;
      watch(piece.length);
      controller.enqueue(piece);
      if (left === 0) controller.close();
    },
  });
}

describe.each(NETWORKS)('%s', (_name, kind, start) => {
  let network: NetworkUnderTest;
  beforeAll(async () => {
    network = await start();
  });
  afterAll(() => network.stop());

  it('a large file passes through without being held', async () => {
    const channel = await network.connect();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    // What is still needed: garbage that waits for its collection says nothing about us.
    const held = () => {
      collect();
      return process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
    };
    const before = held();
    const seen: number[] = [];
    let made = 0;
    const watch = (bytes: number) => {
      made += bytes;
      if (made > (seen.length + 1) * STRIDE) seen.push(held() - before);
    };
    const media = {
      ...mediaSource(kind, new Uint8Array(1), 'large'),
      bytes: SIZE,
      open: async (range?: { start: number; end: number }) =>
        endless(range ? range.end - range.start : SIZE, watch),
    };
    const step = new TestStep(channel, 'run-large', 'root', content('large', [media], network.contentExtras));
    const result = await network.provider.start(step.context({ signal: AbortSignal.timeout(25_000) }));
    if (result.status === 'failed') throw result.error;
    expect(network.calls('upload')).toBeGreaterThan(0);
    expect(seen.length).toBeGreaterThan(15);
    // Sender and receiver share this process, so this is both sides together.
    expect(Math.max(...seen) / MB).toBeLessThan(64);
  }, 30_000);
});
