import 'server-only';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { digestContent, type Told } from './mail-content';
import { digestDay } from './plan';
import type { NotificationRepository } from './repository';
import type { NotificationDeps, Reader } from './service';

const DAY_MS = 24 * 3600_000;
/** As far back as a first digest looks. */
const SPAN_MS = { daily: DAY_MS, weekly: 7 * DAY_MS } as const;
const MOST = 500;

export interface DigestReaders {
  /** Everybody who chose a digest. */
  digestReaders(): AsyncIterable<Reader>;
}

export interface DigestDeps extends Pick<NotificationDeps, 'mails' | 'unsubscribeUrl' | 'appUrl'> {
  repository: NotificationRepository;
  people: DigestReaders;
  clock: Clock;
}

/** Summaries: each morning or each Monday, in the person's own zone, of what they have not seen. */
export class DigestService {
  constructor(readonly deps: DigestDeps) {}

  /** For cron, hourly; safe to run at any time and twice at once. @param open false ends the run early. */
  async run(open: () => boolean): Promise<{ due: number; sent: number; failed: number }> {
    const counts = { due: 0, sent: 0, failed: 0 };
    if (!this.deps.mails.configured) return counts;
    for await (const reader of this.deps.people.digestReaders()) {
      if (!open()) break;
      const { digest } = reader.preferences;
      if (digest === 'immediate') continue;
      const day = digestDay(digest, this.deps.clock.now(), reader.timezone);
      if (!day) continue;
      try {
        const outcome = await this.#send(reader, digest, day);
        if (outcome !== 'done') counts.due += 1;
        if (outcome === 'sent') counts.sent += 1;
      } catch (error) {
        counts.failed += 1;
        logger.error({ err: error, userId: reader.userId }, 'a digest could not be made');
      }
    }
    return counts;
  }

  async #send(reader: Reader, digest: 'daily' | 'weekly', day: string): Promise<'sent' | 'empty' | 'done'> {
    const { repository, mails, clock } = this.deps;
    const mark = await repository.digestMark(reader.userId);
    if (mark && mark.day >= day) return 'done';
    const now = clock.now();
    const from = mark?.through ?? new Date(now.getTime() - SPAN_MS[digest]);
    const news = (await repository.since(reader.userId, from, MOST)).filter(
      (one) => one.email === 'digest' && (one.hidden || one.readAt === null),
    );
    const mail = news.length > 0 ? await this.#mail(reader, digest, day, news) : null;
    return repository.run(async (tx) => {
      const latest = await tx.get(repository.digestRef(reader.userId));
      if (latest && latest.day >= day) return 'done';
      const queued = mail !== null && (await mails.queueIn(tx, mail));
      // Counted by the database's clock: what is being written right now belongs to the next one.
      const through = news[0]?.createdAt ?? from;
      tx.set(repository.digestRef(reader.userId), { userId: reader.userId, day, through });
      return queued ? 'sent' : 'empty';
    });
  }

  async #mail(
    reader: Reader,
    digest: 'daily' | 'weekly',
    day: string,
    news: readonly Told[],
  ): Promise<unknown> {
    const { mails, appUrl } = this.deps;
    const unsubscribeUrl = await this.deps.unsubscribeUrl(reader.userId, 'all');
    return mails.seal({
      key: `digest:${reader.userId}:${day}`,
      kind: `digest.${digest}`,
      to: reader.email,
      content: digestContent(mails.words(reader), digest, news, { appUrl, unsubscribeUrl }),
      userId: reader.userId,
    });
  }
}
