import 'server-only';
import type { Db, Tx } from '@/core/db/db';
import type { PlatformId } from '@/features/platforms/schema';
import type { LaneSlots } from './intent';
import { type Lane, laneModel, type Run, runModel } from './schema';
import type { Pause } from './transition';

/** Lanes of accounts and of our apps: what is in flight on one, and until when it rests. Parts of transactions. */
export class LaneRepository {
  constructor(readonly db: Db) {}

  /** Slots whose commit is really in flight: a slot is not given back, it simply stops counting. */
  async slotsIn(tx: Tx, run: Run): Promise<LaneSlots> {
    const lane = await tx.get(this.db.doc(laneModel, accountLane(run.connectionId)));
    return { lane, open: await this.openIn(tx, run, lane) };
  }

  /** Of a lane's slots those of other runs that count. */
  async openIn(tx: Tx, run: Run, lane: Lane | null): Promise<Lane['slots']> {
    const others = (lane?.slots ?? []).filter((slot) => slot.runId !== run.id);
    const holders = await tx.getAll(others.map((slot) => this.db.doc(runModel, slot.runId)));
    return others.filter((slot, index) => {
      const holder = holders[index];
      return holder?.status === 'committing' && holder.commit?.id === slot.commitId;
    });
  }

  takeSlot(tx: Tx, run: Run, slots: LaneSlots, slot: Lane['slots'][number]): void {
    const ref = this.db.doc(laneModel, accountLane(run.connectionId));
    const taken = [...slots.open, slot];
    if (slots.lane) tx.update(ref, { slots: taken });
    else
      tx.create(ref, {
        organizationId: run.organizationId,
        slots: taken,
        pausedUntil: null,
        pausedReason: null,
      });
  }

  async lanesOf(tx: Tx, run: Run, pauses: readonly Pause[]): Promise<{ pause: Pause; lane: Lane | null }[]> {
    return Promise.all(
      pauses.map(async (pause) => ({
        pause,
        lane: await tx.get(this.db.doc(laneModel, laneOf(run, pause.scope))),
      })),
    );
  }

  /** A pause only ever grows: of two answers the later one is right. */
  pause(tx: Tx, run: Run, pause: Pause, lane: Lane | null): void {
    if (lane?.pausedUntil && lane.pausedUntil >= pause.until) return;
    const ref = this.db.doc(laneModel, laneOf(run, pause.scope));
    const paused = { pausedUntil: pause.until, pausedReason: pause.reason };
    if (lane) tx.update(ref, paused);
    else
      tx.create(ref, {
        organizationId: pause.scope === 'account' ? run.organizationId : null,
        slots: [],
        ...paused,
      });
  }
}

export function accountLane(connectionId: string): string {
  return `account_${connectionId}`;
}

export function appLane(platform: PlatformId): string {
  return `app_${platform}`;
}

function laneOf(run: Pick<Run, 'connectionId' | 'platform'>, scope: Pause['scope']): string {
  return scope === 'account' ? accountLane(run.connectionId) : appLane(run.platform);
}
