import 'server-only';
import type { Outbox } from '@/core/events/outbox';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import { accountExpiring } from '@/features/platforms/events';
import { isExternal } from '@/features/platforms/providers/http';
import type { PlatformRepository } from '@/features/platforms/repository';
import type { Connection } from '@/features/platforms/schema';
import { type TokenKeeper, tokenFactsOf } from '@/features/platforms/token-keeper';
import {
  endOf,
  healthByDates,
  maintenanceRenews,
  nextCheckAt,
  warningAt,
} from '@/features/platforms/token-life';

export interface MaintenanceReport {
  looked: number;
  renewed: number;
  warned: number;
  failed: number;
}

const BATCH = 100;
const AT_ONCE = 5;

/** Looks after tokens that nobody is using: renews long-lived and idle ones, warns before those end that cannot be renewed. */
export class TokenMaintenance {
  constructor(
    readonly repository: PlatformRepository,
    readonly keeper: TokenKeeper,
    readonly outbox: Outbox,
    readonly clock: Clock,
  ) {}

  /** @param open whether there is time for another channel; what is left is due still at the next run. */
  async run(open: () => boolean = () => true): Promise<MaintenanceReport> {
    const report: MaintenanceReport = { looked: 0, renewed: 0, warned: 0, failed: 0 };
    while (open()) {
      const due = await this.repository.due(this.clock.now(), BATCH);
      for (let start = 0; start < due.length && open(); start += AT_ONCE) {
        await Promise.all(
          due.slice(start, start + AT_ONCE).map((connection) => this.#look(connection, report)),
        );
      }
      if (due.length < BATCH) break;
    }
    return report;
  }

  async #look(connection: Connection, report: MaintenanceReport): Promise<void> {
    report.looked += 1;
    try {
      const credential = await this.repository.credential(connection.id);
      const now = this.clock.now();
      const renewable = credential && connection.health !== 'needs_reauth';
      if (renewable && maintenanceRenews(tokenFactsOf(credential, connection), now)) {
        await this.keeper.renew(connection.id, credential.version);
        report.renewed += 1;
      } else if (await this.#warn(connection)) {
        report.warned += 1;
      }
    } catch (error) {
      report.failed += 1;
      const known = isExternal(error);
      logger[known ? 'warn' : 'error'](
        { err: error, connectionId: connection.id },
        'a channel could not be looked after',
      );
      await this.#later(connection.id);
    }
  }

  /** Plans the next look, and says once per threshold that the end is near. @returns whether somebody was told. */
  async #warn(seen: Connection): Promise<boolean> {
    const now = this.clock.now();
    return await this.repository.run(async (tx) => {
      const connection = await tx.get(this.repository.connectionRef(seen.id));
      const credential = await tx.get(this.repository.credentialRef(seen.id));
      if (!connection?.active || !credential) return false;
      const facts = tokenFactsOf(credential, connection);
      const end = endOf(facts);
      const health = healthByDates(facts, now);
      if (health === 'needs_reauth') {
        const reason = 'The sign-in has reached its end.';
        const changed = await this.keeper.markNeedsReauth(tx, connection.id, reason, credential.version);
        if (!changed)
          tx.update(this.repository.connectionRef(connection.id), { nextCheckAt: nextCheckAt(facts, now) });
        return changed;
      }
      const threshold = facts.refreshable ? null : warningAt(end, now);
      const news =
        threshold !== null && (connection.warnedDays === null || threshold < connection.warnedDays);
      tx.update(this.repository.connectionRef(connection.id), {
        nextCheckAt: nextCheckAt(facts, now),
        ...(health === 'expiring' && connection.health === 'healthy' ? { health } : {}),
        ...(news ? { warnedDays: threshold, healthReason: endText(end) } : {}),
      });
      if (!news || !end) return false;
      this.outbox.append(tx, accountExpiring, {
        connectionId: connection.id,
        organizationId: connection.organizationId,
        platform: connection.platform,
        handle: connection.handle,
        expiresAt: end,
        daysLeft: Math.max(0, Math.floor((end.getTime() - now.getTime()) / 86_400_000)),
      });
      return true;
    });
  }

  async #later(connectionId: string): Promise<void> {
    await this.repository.run(async (tx) => {
      const connection = await tx.get(this.repository.connectionRef(connectionId));
      if (!connection?.active) return;
      tx.update(this.repository.connectionRef(connectionId), {
        nextCheckAt: new Date(this.clock.now().getTime() + 3_600_000),
      });
    });
  }
}

function endText(end: Date | null): string {
  return `This sign-in ends on ${end?.toISOString().slice(0, 10) ?? 'a day soon'} and cannot renew itself. Reconnect the channel before then.`;
}
