import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { type SlotTime, slotTimes } from './occurrences';
import type { SlotRepository } from './repository';
import {
  type CreateSlot,
  type NextSlot,
  SLOTS_PER_CHANNEL,
  type Slot,
  type SlotList,
  type UpdateSlot,
} from './schema';

/** Which channels an organisation has. */
export interface ChannelBook {
  exists(organizationId: string, connectionId: string): Promise<boolean>;
}

/** A free slot as planning takes it. */
export interface FreeSlot {
  slotId: string;
  dueAt: Date;
  localTime: string;
  zone: string;
}

const WEEK = 7 * 24 * 3600_000;
/** How far ahead a free slot is sought. */
const HORIZON_WEEKS = 26;

export interface SlotDependencies {
  repository: SlotRepository;
  channels: ChannelBook;
  clock: Clock;
  ids: Ids;
}

/** The queue of each channel: its times of the week, and the next one nobody has taken. */
export class SlotService {
  constructor(readonly deps: SlotDependencies) {}

  static getInstance(): SlotService {
    return singleton<SlotService>('SlotService');
  }

  /** Through the week, with the next free slot of each channel that has slots. */
  async list(actor: Actor): Promise<SlotList> {
    const { repository, clock } = this.deps;
    const items = await repository.list(actor.organizationId);
    const channels = [...new Set(items.map((slot) => slot.connectionId))];
    const found = await this.#nextOf(actor.organizationId, channels, items, clock.now());
    const next = [...found].flatMap(([connectionId, slot]): NextSlot[] =>
      typeof slot === 'string' ? [] : [{ connectionId, ...slot }],
    );
    return { items: items.sort(throughTheWeek), next };
  }

  /** @throws ValidationError for an unknown channel; ConflictError when the slot is there already or there are too many. */
  async create(actor: Actor, request: CreateSlot): Promise<Slot> {
    const { repository, ids, channels } = this.deps;
    const { organizationId } = actor;
    if (!(await channels.exists(organizationId, request.connectionId))) {
      throw ValidationError.at('body.connectionId', 'Your organisation has no such channel.');
    }
    requireOwnChannel(actor, request.connectionId);
    const id = ids.next('slot');
    return repository.run(async (tx) => {
      const others = await repository.ofChannelIn(tx, organizationId, request.connectionId);
      requireNew(others, request);
      if (others.length >= SLOTS_PER_CHANNEL) {
        throw new ConflictError(`A channel has at most ${SLOTS_PER_CHANNEL} slots. Delete some first.`);
      }
      repository.createIn(tx, id, { organizationId, ...request });
      const now = this.deps.clock.now();
      return { id, organizationId, ...request, createdAt: now, updatedAt: now };
    });
  }

  /** Posts that took a time of the old slot keep it. @throws NotFoundError, ConflictError */
  async update(actor: Actor, id: string, patch: UpdateSlot): Promise<Slot> {
    const { repository, clock } = this.deps;
    return repository.run(async (tx) => {
      const slot = await this.#ownIn(tx, actor, id);
      const changes = Object.fromEntries(
        Object.entries(patch).filter(([, value]) => value !== undefined),
      ) as Partial<Pick<Slot, 'weekday' | 'localTime' | 'zone' | 'label'>>;
      const next = { ...slot, ...changes, updatedAt: clock.now() };
      const others = await repository.ofChannelIn(tx, actor.organizationId, slot.connectionId);
      requireNew(
        others.filter((other) => other.id !== id),
        next,
      );
      repository.updateIn(tx, id, changes);
      return next;
    });
  }

  /** Posts that took a time of it keep that time. @throws NotFoundError */
  async remove(actor: Actor, id: string): Promise<void> {
    const { repository } = this.deps;
    await repository.run(async (tx) => {
      await this.#ownIn(tx, actor, id);
      repository.deleteIn(tx, id);
    });
  }

  /** For planning: each channel's next free slot after `now`; `none` without slots, `full` when half a year is taken. */
  async next(
    organizationId: string,
    connectionIds: readonly string[],
    { now }: { now: Date },
  ): Promise<Map<string, FreeSlot | 'none' | 'full'>> {
    const slots = await this.deps.repository.list(organizationId);
    return this.#nextOf(organizationId, connectionIds, slots, now);
  }

  async #nextOf(
    organizationId: string,
    connectionIds: readonly string[],
    slots: readonly Slot[],
    now: Date,
  ): Promise<Map<string, FreeSlot | 'none' | 'full'>> {
    const found = await Promise.all(
      connectionIds.map(async (connectionId): Promise<[string, FreeSlot | 'none' | 'full']> => {
        const own = slots.filter((slot) => slot.connectionId === connectionId);
        if (own.length === 0) return [connectionId, 'none'];
        const taken = await this.deps.repository.taken(organizationId, connectionId, now);
        const time = firstFree(own, taken, now);
        if (!time) return [connectionId, 'full'];
        const { slotId, at: dueAt, localTime, zone } = time;
        return [connectionId, { slotId, dueAt, localTime, zone }];
      }),
    );
    return new Map(found);
  }

  async #ownIn(tx: Tx, actor: Actor, id: string): Promise<Slot> {
    const slot = await this.deps.repository.getIn(tx, actor.organizationId, id);
    if (!slot) throw new NotFoundError('This slot');
    requireOwnChannel(actor, slot.connectionId);
    return slot;
  }
}

function firstFree(slots: readonly Slot[], taken: ReadonlySet<number>, now: Date): SlotTime | undefined {
  // A slot of this very minute is over: the post would be late before it is saved.
  let from = new Date(now.getTime() + 1);
  for (let week = 0; week < HORIZON_WEEKS; week += 1) {
    const to = new Date(from.getTime() + WEEK);
    const free = slotTimes(slots, from, to).find((time) => !taken.has(time.at.getTime()));
    if (free) return free;
    from = to;
  }
  return undefined;
}

function requireOwnChannel(actor: Actor, connectionId: string): void {
  if (actor.channelIds.length === 0 || actor.channelIds.includes(connectionId)) return;
  throw new ForbiddenError('You may not plan for this channel. Ask an admin of the organisation for access.');
}

type WeekTime = Pick<Slot, 'weekday' | 'localTime' | 'zone'>;

function requireNew(others: readonly WeekTime[], slot: WeekTime): void {
  const known = others.some(
    ({ weekday, localTime, zone }) =>
      weekday === slot.weekday && localTime === slot.localTime && zone === slot.zone,
  );
  if (known) throw new ConflictError('This channel has that slot already. Choose another day or time.');
}

function throughTheWeek(a: Slot, b: Slot): number {
  return a.weekday - b.weekday || a.localTime.localeCompare(b.localTime) || a.id.localeCompare(b.id);
}
