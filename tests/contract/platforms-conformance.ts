import { randomBytes } from 'node:crypto';
import { content, mediaSource, type TestChannel, TestStep } from '@tests/fakes/platforms/harness';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import type {
  CommitResult,
  PublishedRef,
  ReconcileContext,
  StepContext,
} from '@/features/platforms/providers/types';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import { NETWORKS as FIRST } from './platforms-networks';
import { FILE_NETWORKS } from './platforms-networks-files';
import type { NetworkUnderTest } from './platforms-networks-parts';

export const NETWORKS = [...FIRST, ...FILE_NETWORKS];

/** One network under test, and the steps that the suites take with it. Call it inside a `describe`. */
export function conformance(start: () => Promise<NetworkUnderTest>) {
  let network: NetworkUnderTest;
  let channel: TestChannel;
  let runs = 0;

  beforeAll(async () => {
    network = await start();
    channel = await network.connect();
  });
  afterEach(() => network.calm());
  afterAll(async () => {
    expect(network.violations()).toEqual([]);
    // A suite that had nothing to do here has nothing to check.
    expect(network.checkedCalls() || network.calls('commit') === 0).toBe(true);
    if (network.unvalidated) console.warn(`not validated: ${network.unvalidated}`);
    await network.stop();
  });

  const fresh = () => {
    runs += 1;
    return {
      runId: `run${runs}`,
      text: `Irises are out, part ${runs} #garden https://example.com/a/${runs}`,
    };
  };
  /** A post as this network takes it: where it takes no text alone, with a file. */
  const post = (text: string, media = network.leastMedia()) =>
    content(text, media, network.contentExtras ?? {});
  const step = (more: Partial<{ text: string; media: ReturnType<typeof mediaSource>[] }> = {}) => {
    const { runId, text } = fresh();
    return new TestStep(channel, runId, 'root', post(more.text ?? text, more.media));
  };
  const rules = () => PLATFORM_RULES[network.platform];
  const takesImages = () => network.provider.capabilities.media.includes('image');
  const imagesMax = () =>
    Math.max(
      0,
      ...rules()
        .media.groups.filter((one) => one.kinds.includes('image'))
        .map((one) => one.max.value),
    );
  /** The description of a file, where the network takes one. */
  const described = (alt: string) => (rules().media.altTextMax ? alt : '');
  const filler = (size: number, alt = 'x') =>
    mediaSource(takesImages() && !network.picturesGoAlong ? 'image' : 'video', randomBytes(size), alt);
  /** Prepares until the network says ready, letting its time pass. */
  async function prepare(one: TestStep): Promise<void> {
    for (let round = 0; round < 10; round += 1) {
      const result =
        round === 0
          ? await network.provider.start(one.context())
          : await network.provider.check(one.context());
      if (result.status === 'failed') throw result.error;
      if (result.status === 'published') throw new Error('published before the commit');
      one.artefacts = result.artefacts;
      if (result.status === 'ready') return;
      network.clock.advance(result.pollAfterMs * 4);
    }
    throw new Error('never ready');
  }
  async function commit(one: TestStep, ctx: StepContext = one.context()): Promise<CommitResult> {
    if (one.step === 'root') return network.provider.finish(ctx);
    const act = one.step === 'comment' ? network.provider.comment : network.provider.thread;
    return (await act?.call(network.provider, ctx)) ?? Promise.reject(new Error(`no ${one.step}`));
  }
  async function publish(one: TestStep): Promise<PublishedRef> {
    await prepare(one);
    const result = await commit(one);
    if (result.status === 'failed') throw result.error;
    if (result.status === 'published') return result.ref;
    return await confirmed(one, result);
  }
  /** Waits until the network has made a post of what it accepted. */
  async function confirmed(
    one: TestStep,
    result: Extract<CommitResult, { status: 'accepted' }>,
  ): Promise<PublishedRef> {
    one.artefacts = result.artefacts;
    for (let round = 0; round < 10; round += 1) {
      network.clock.advance(result.pollAfterMs * 4);
      const checked = await network.provider.check(one.context());
      if (checked.status === 'published') return checked.ref;
    }
    throw new Error('never out');
  }
  const reconciling = (one: TestStep, sentAt = network.clock.now()): ReconcileContext => ({
    ...one.context(),
    sentAt,
  });
  const mode = (one: { content: StepContext['content'] } = { content: post('') }) =>
    network.provider.reconcileRule(channel.facts, one.content, channel.context().limits).mode;
  /** What comes after the root here: a part of a thread, else a comment, else nothing. */
  const laterPart = () =>
    network.provider.thread
      ? ('thread_1' as const)
      : network.provider.comment
        ? ('comment' as const)
        : undefined;
  /** The token is its own renewal: it can be renewed while it lives, not afterwards. */
  const renewsItself = () => channel.tokens.refreshToken === channel.tokens.accessToken;
  /** Bluesky shows links shortened. */
  const shown = (text: string) => text.replace('https://', '');
  const seen = (text: string) => network.posts().filter((post) => shown(post.text) === shown(text));

  return {
    get network() {
      return network;
    },
    get channel() {
      return channel;
    },
    /** A channel whose grant was spent is connected anew. */
    async reconnect() {
      channel = await network.connect();
    },
    fresh,
    post,
    step,
    rules,
    takesImages,
    imagesMax,
    described,
    filler,
    prepare,
    commit,
    publish,
    confirmed,
    reconciling,
    mode,
    laterPart,
    renewsItself,
    shown,
    seen,
  };
}
