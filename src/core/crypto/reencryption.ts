import 'server-only';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { type EncryptionService, UndecryptableError } from './encryption';

/** One stored secret. */
export interface StoredSecret {
  id: string;
  payload: string;
  context: string;
}

/** A collection that holds encrypted payloads; its repository implements this. */
export interface SecretStore {
  /** Names the checkpoint: `credentials`. */
  readonly name: string;
  /** The next secrets in the order of their ids, after the given one. */
  page(afterId: string | null, limit: number): Promise<StoredSecret[]>;
  /** Writes only if the stored payload is still `expected`. @returns whether it was. */
  replace(id: string, expected: string, payload: string): Promise<boolean>;
}

export interface CheckpointStore {
  load(name: string): Promise<string | null>;
  save(name: string, afterId: string | null): Promise<void>;
}

export interface ReencryptionReport {
  scanned: number;
  reencrypted: number;
  /** Changed by somebody else meanwhile: they were written with the newest key by that. */
  skipped: number;
  /** Not readable any more: logged, left as they are, to be dealt with by a person. */
  undecryptable: number;
  /** False when time ran out; the next run goes on where this one stopped. */
  done: boolean;
}

const PAGE = 100;

/**
 * Moves every secret of a store to the newest key, page by page, until the end or `until`. Stopping at any point, also by a
 * crash, costs at most one page of repeated looking: a secret that is already current is not written.
 */
export async function reencryptStore(
  encryption: EncryptionService,
  store: SecretStore,
  checkpoints: CheckpointStore,
  options: { clock: Clock; until: Date },
): Promise<ReencryptionReport> {
  const report = { scanned: 0, reencrypted: 0, skipped: 0, undecryptable: 0, done: false };
  let afterId = await checkpoints.load(store.name);
  while (options.clock.now() < options.until) {
    const page = await store.page(afterId, PAGE);
    for (const secret of page) await reencryptOne(encryption, store, secret, report);
    report.done = page.length < PAGE;
    afterId = report.done ? null : (page.at(-1)?.id ?? null);
    await checkpoints.save(store.name, afterId);
    if (report.done) break;
  }
  return report;
}

async function reencryptOne(
  encryption: EncryptionService,
  store: SecretStore,
  secret: StoredSecret,
  report: ReencryptionReport,
): Promise<void> {
  report.scanned += 1;
  try {
    const payload = await encryption.reencrypt(secret.payload, secret.context);
    if (payload === secret.payload) return;
    if (await store.replace(secret.id, secret.payload, payload)) report.reencrypted += 1;
    else report.skipped += 1;
  } catch (error) {
    // With the key service away nothing can be judged; the checkpoint stays where it is.
    if (!(error instanceof UndecryptableError)) throw error;
    report.undecryptable += 1;
    logger.error(
      { err: error, store: store.name, id: secret.id },
      'a stored secret could not be re-encrypted',
    );
  }
}
