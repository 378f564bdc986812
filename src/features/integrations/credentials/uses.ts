import 'server-only';
import { LRUCache } from 'lru-cache';
import type { NewDoc } from '@/core/db/model';
import type { Clock } from '@/core/time/clock';
import type { CredentialRepository, IntegrationCredential } from './repository';
import type { credentialAuditModel } from './schema';

const HOUR_MS = 3_600_000;
/** Uses are written down so often: a sync makes thousands. */
const WRITE_MS = 60_000;

interface Hour {
  id: string;
  /** Not written down yet. */
  pending: number;
  writtenAt: number;
}

/** Counts how often secrets are opened: one entry per secret and hour, however many processes use it. */
export class UseCounter {
  readonly #hours = new LRUCache<string, Hour>({ max: 10_000 });

  constructor(
    readonly repository: Pick<CredentialRepository, 'auditOnce' | 'addUses'>,
    readonly clock: Clock,
  ) {}

  async note(credential: IntegrationCredential, entry: NewDoc<typeof credentialAuditModel>): Promise<void> {
    const now = this.clock.now().getTime();
    const id = `${credential.id}_${credential.version}_used_${Math.floor(now / HOUR_MS)}`;
    const known = this.#hours.get(credential.id);
    if (known?.id === id) {
      known.pending += 1;
      if (now - known.writtenAt >= WRITE_MS) await this.#write(known, now);
      return;
    }
    this.#hours.set(credential.id, { id, pending: 0, writtenAt: now });
    if (known) await this.#write(known, now);
    if (!(await this.repository.auditOnce(id, entry))) await this.repository.addUses(id, 1);
  }

  async #write(hour: Hour, now: number): Promise<void> {
    const { id, pending } = hour;
    hour.pending = 0;
    hour.writtenAt = now;
    if (pending > 0) await this.repository.addUses(id, pending);
  }
}
