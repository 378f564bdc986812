import 'server-only';
import { createHash } from 'node:crypto';
import type { EncryptionService } from '@/core/crypto/encryption';
import type { Tx } from '@/core/db/db';
import { ExternalServiceError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { JobQueue } from '@/core/jobs/job-queue';
import { PermanentJobError } from '@/core/jobs/outcome';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { renderMail } from './layout';
import type { SmtpMail } from './providers/smtp';
import type { Mail, MailRepository } from './repository';
import { type MailContent, mailContentSchema } from './schema';

export const SEND_MAIL = 'mail.send';
/** Back-off doubles from a second: an hour-long outage of the mail server is survived, and then some. */
export const SEND_ATTEMPTS = 15;

const KEEP_MS = 90 * 24 * 3600_000;
/** Longer than any conversation with a server: who committed and said nothing for this long is dead. */
const SETTLE_MS = 90_000;
const SWEEP_AFTER_MS = 5 * 60_000;
const SWEEP_BACK_MS = 24 * 3600_000;

export interface NewMail {
  /** One key, one mail, for ever. */
  key: string;
  kind: string;
  to: string;
  content: MailContent;
  userId?: string;
  organizationId?: string;
  /** Not before; at once when absent. */
  sendAt?: Date;
}

/** A mail whose content is encrypted: made outside the transaction that queues it. */
export interface SealedMail extends Omit<NewMail, 'content'> {
  id: string;
  sealed: string;
}

interface Attempt {
  attempt: number;
  maxAttempts: number;
}

export interface MailDeps {
  repository: MailRepository;
  jobs: Pick<JobQueue, 'enqueue' | 'enqueueIn'>;
  encryption: EncryptionService;
  /** Null without SMTP settings: nothing is queued, and callers say so. */
  smtp: SmtpMail | null;
  clock: Clock;
  ids: Ids;
  settleMs?: number;
}

/**
 * Mail: each is stored, queued and sent once. Before a server gets the text, the mail is marked; a mark without an outcome
 * means that nobody knows, and such a mail becomes a dead letter for a person to decide instead of going out twice.
 */
export class MailService {
  static getInstance(): MailService {
    return singleton<MailService>('MailService');
  }

  constructor(readonly deps: MailDeps) {}

  get configured(): boolean {
    return this.deps.smtp !== null;
  }

  /** First half of queueing, outside any transaction. Null when this installation sends no mail. */
  async seal(mail: NewMail): Promise<SealedMail | null> {
    if (!this.configured) return null;
    const { content, ...facts } = mail;
    const id = `m_${createHash('sha256').update(mail.key).digest('base64url').slice(0, 27)}`;
    return { ...facts, id, sealed: await this.deps.encryption.encryptJson(content, contextOf(id)) };
  }

  /** Second half: before the transaction's first write. @returns false when the key is known. */
  async queueIn(tx: Tx, mail: SealedMail): Promise<boolean> {
    const { repository, clock, jobs } = this.deps;
    if (await tx.get(repository.ref(mail.id))) return false;
    const now = clock.now();
    const sendAt = mail.sendAt ?? now;
    await jobs.enqueueIn(tx, this.#job(mail.id, sendAt));
    repository.createIn(tx, mail.id, {
      userId: mail.userId ?? null,
      organizationId: mail.organizationId ?? null,
      kind: mail.kind,
      to: mail.to,
      content: mail.sealed,
      status: 'waiting',
      sendAt,
      commitId: null,
      committedAt: null,
      stoppedAtAttempt: null,
      sentAt: null,
      outcome: null,
      expiresAt: new Date(now.getTime() + KEEP_MS),
    });
    return true;
  }

  /** Both halves in a transaction of their own. @returns whether it will be sent; false without SMTP settings. */
  async queue(mail: NewMail): Promise<boolean> {
    const sealed = await this.seal(mail);
    if (!sealed) return false;
    await this.deps.repository.run((tx) => this.queueIn(tx, sealed));
    return true;
  }

  /** The job. Safe to run any number of times. */
  async send(mailId: string, { attempt, maxAttempts }: Attempt): Promise<void> {
    const { repository, smtp } = this.deps;
    const mail = await repository.mail(mailId);
    if (!mail || mail.status === 'sent' || mail.status === 'committing') return this.#settle(mail, attempt);
    if (mail.stoppedAtAttempt !== null && attempt > mail.stoppedAtAttempt) {
      throw new PermanentJobError(mail.outcome ?? 'This mail was given up.');
    }
    // Settings may be taken away while mails wait.
    if (!smtp) throw new Error('No mail server is configured any more.');
    const content = await this.#content(mail);
    const commitId = this.deps.ids.next();
    const outgoing = {
      ...renderMail(content),
      to: mail.to,
      messageId: mail.id,
      unsubscribeUrl: content.unsubscribeUrl,
    };
    const answer = await smtp
      .deliver(outgoing, () => this.#commit(mail.id, commitId))
      .catch(async (error: unknown) => {
        await this.#failed(mail.id, commitId, error, { attempt, maxAttempts });
        throw error;
      });
    // Should this write fail, the mark stays and the mail ends as uncertain, never as sent twice.
    const sentAt = this.deps.clock.now();
    await this.#finish(mail.id, commitId, {
      status: 'sent',
      content: '',
      sentAt,
      outcome: answer.slice(0, 300),
    });
  }

  /** For cron: mails whose job was lost between transaction and queue. The queue turns known ones away. */
  async sweep(limit = 200): Promise<{ due: number }> {
    const now = this.deps.clock.now().getTime();
    const due = await this.deps.repository.overdue(
      new Date(now - SWEEP_BACK_MS),
      new Date(now - SWEEP_AFTER_MS),
      limit,
    );
    for (const mail of due) await this.deps.jobs.enqueue(this.#job(mail.id, mail.sendAt));
    return { due: due.length };
  }

  #job(mailId: string, runAt: Date) {
    return { type: SEND_MAIL, payload: { mailId }, idempotencyKey: mailId, runAt };
  }

  async #content(mail: Mail): Promise<MailContent> {
    return mailContentSchema.parse(await this.deps.encryption.decryptJson(mail.content, contextOf(mail.id)));
  }

  /** Somebody else is at it, or died at it. */
  async #settle(mail: Mail | null, attempt: number): Promise<void> {
    if (mail?.status !== 'committing') return;
    const since = this.deps.clock.now().getTime() - (mail.committedAt?.getTime() ?? 0);
    const settleMs = this.deps.settleMs ?? SETTLE_MS;
    if (since < settleMs) {
      throw new ExternalServiceError('Another process is handing this mail over.', {
        provider: 'smtp',
        kind: 'unavailable',
        retryable: true,
        retryAfterMs: settleMs - since,
        outcome: 'unknown',
      });
    }
    const outcome =
      'The process that was handing this mail over died. It may be out; it is not sent again by itself.';
    await this.#finish(mail.id, mail.commitId ?? '', {
      status: 'uncertain',
      stoppedAtAttempt: attempt,
      outcome,
    });
    throw new PermanentJobError(outcome);
  }

  /** The mark before the text. Only one try at a time gets it. */
  #commit(id: string, commitId: string): Promise<void> {
    const { repository, clock } = this.deps;
    return repository.run(async (tx) => {
      const mail = await tx.get(repository.ref(id));
      if (!mail || mail.status === 'committing' || mail.status === 'sent') {
        throw new Error('Another process has taken this mail over.');
      }
      tx.update(repository.ref(id), { status: 'committing', commitId, committedAt: clock.now() });
    });
  }

  async #failed(
    id: string,
    commitId: string,
    error: unknown,
    { attempt, maxAttempts }: Attempt,
  ): Promise<void> {
    const external = error instanceof ExternalServiceError ? error : null;
    const outcome = (error instanceof Error ? error.message : String(error)).slice(0, 300);
    const uncertain = external?.outcome === 'unknown';
    const last = uncertain || external?.retryable === false || attempt >= maxAttempts;
    const status = uncertain ? 'uncertain' : last ? 'failed' : 'waiting';
    await this.#finish(id, commitId, {
      status,
      outcome,
      commitId: null,
      committedAt: null,
      stoppedAtAttempt: last ? attempt : null,
    });
  }

  /** Writes an outcome, unless another try holds the mark by now. */
  async #finish(id: string, commitId: string, patch: Partial<Mail>): Promise<void> {
    const { repository } = this.deps;
    await repository.run(async (tx) => {
      const mail = await tx.get(repository.ref(id));
      if (!mail || mail.status === 'sent') return;
      if (mail.status === 'committing' && mail.commitId !== commitId) return;
      tx.update(repository.ref(id), patch);
    });
  }
}

function contextOf(id: string): string {
  return `mail_${id}`;
}
