import { mediaSource, type TestChannel, TestStep } from '@tests/fakes/platforms/harness';
import { picture } from '@tests/support/media';
import { systemClock } from '@/core/time/clock';
import type {
  CommitResult,
  MediaSource,
  PublishedRef,
  ReconcileResult,
  SocialProvider,
  StepContent,
  StepKey,
} from '@/features/platforms/providers/types';

const LOOKS_MAX = 30;
const LOOK_MS = 500;

/** Posts that are made for a check through one channel of a real server, step by step as publishing does, and taken back. */
export class RealPosts {
  readonly started = Date.now();
  readonly published: PublishedRef[] = [];
  #runs = 0;

  constructor(
    readonly provider: SocialProvider,
    readonly channel: TestChannel,
  ) {}

  /** A name nobody used before. */
  fresh(): string {
    this.#runs += 1;
    return `real ${this.started} ${this.#runs}`;
  }

  step(
    what: StepContent,
    { key = 'root' as StepKey, on = this.channel, refs = {}, run = this.fresh() } = {},
  ): TestStep {
    return new TestStep(on, run, key, what, refs);
  }

  async prepare(one: TestStep): Promise<void> {
    for (let round = 0; round < LOOKS_MAX; round += 1) {
      const ctx = one.context();
      const result = await (round === 0 ? this.provider.start(ctx) : this.provider.check(ctx));
      if (result.status === 'failed') throw result.error;
      if (result.status === 'published') throw new Error('published before the commit');
      one.artefacts = result.artefacts;
      if (result.status === 'ready') return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    throw new Error('never ready');
  }

  commit(one: TestStep): Promise<CommitResult> {
    const { provider } = this;
    const act =
      one.step === 'root' ? provider.finish : one.step === 'comment' ? provider.comment : provider.thread;
    if (!act) throw new Error(`no ${one.step} here`);
    return act.call(provider, one.context());
  }

  async publish(one: TestStep): Promise<PublishedRef> {
    await this.prepare(one);
    const result = await this.commit(one);
    if (result.status === 'failed') throw result.error;
    if (result.status !== 'published') throw new Error(result.status);
    this.published.push(result.ref);
    return result.ref;
  }

  reconcile(one: TestStep): Promise<ReconcileResult> {
    return this.provider.reconcile({ ...one.context(), sentAt: systemClock.now() });
  }

  /** As far as the server lets other programs delete. */
  async takeBack(): Promise<void> {
    for (const ref of this.published)
      await this.provider.delete?.(this.channel.context(), ref).catch(() => undefined);
  }
}

/** A real picture: servers look at what they are sent. */
export async function realImage(alt: string): Promise<MediaSource> {
  const bytes = await picture({ width: 90, height: 60, noise: true });
  const file = { mime: 'image/png', filename: 'picture.png', width: 90, height: 60 };
  return { ...mediaSource('image', bytes, alt), ...file };
}
