import 'server-only';
import type { Page } from '@/core/db/cursor';
import { type Db, type Doc, isAlreadyExists, type PatchOf, type Ref, type Tx } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import { isInbound, webhookSecretModel } from '../schema';
import {
  type InboundEventQuery,
  inboundAuditModel,
  inboundEventModel,
  inboundPartModel,
  inboundRegistrationModel,
} from './schema';

export type InboundRegistration = Doc<typeof inboundRegistrationModel>;
export type InboundEvent = Doc<typeof inboundEventModel>;

/** Bounds the list of an organisation. */
export const MAX_REGISTRATIONS = 50;
/** A document ends at 1 MiB, its other fields and their index entries included. */
const PART_BYTES = 900_000;
const INLINE_BYTES = 400_000;

/** Registrations that receive, and what they received. */
export class InboundRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  registrationRef(id: string): Ref<typeof inboundRegistrationModel> {
    return this.db.doc(inboundRegistrationModel, id);
  }

  secretRef(id: string): Ref<typeof webhookSecretModel> {
    return this.db.doc(webhookSecretModel, id);
  }

  eventRef(id: string): Ref<typeof inboundEventModel> {
    return this.db.doc(inboundEventModel, id);
  }

  /** A registration with its encrypted secrets, whoever it belongs to: the sender is known by its signature only. */
  async target(id: string): Promise<{ registration: InboundRegistration; payload: string | null } | null> {
    const [raw, secret] = await Promise.all([this.#receiving(id), this.db.get(this.secretRef(id))]);
    return raw && { registration: raw, payload: secret?.payload ?? null };
  }

  async registration(organizationId: string, id: string): Promise<InboundRegistration | null> {
    return own(organizationId, await this.#receiving(id));
  }

  async registrationIn(tx: Tx, organizationId: string, id: string): Promise<InboundRegistration | null> {
    return isInbound(id) ? own(organizationId, await tx.get(this.registrationRef(id))) : null;
  }

  registrations(organizationId: string): Promise<InboundRegistration[]> {
    return this.db.find(this.#registrations(organizationId));
  }

  /** Read inside the transaction that adds one, so that two at once cannot both take the last place. */
  async countIn(tx: Tx, organizationId: string): Promise<number> {
    return (await this.registrationsIn(tx, organizationId)).length;
  }

  registrationsIn(tx: Tx, organizationId: string): Promise<InboundRegistration[]> {
    return tx.find(this.#registrations(organizationId));
  }

  /**
   * Keeps a delivery and whatever `also` adds, in one commit without locks.
   * @returns false when it was kept before; then nothing is written.
   */
  async keep(
    id: string,
    event: Omit<NewDoc<typeof inboundEventModel>, 'body' | 'bytes'>,
    body: Uint8Array,
    also: (tx: Tx) => Promise<unknown>,
  ): Promise<boolean> {
    const text = body.byteLength <= INLINE_BYTES ? asText(body) : null;
    try {
      await this.db.runOptimistic(
        async (tx) => {
          await also(tx);
          tx.create(this.eventRef(id), { ...event, body: text, bytes: body.byteLength });
          if (text === null) this.#keepParts(tx, id, event, body);
        },
        { attempts: 1 },
      );
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw error;
    }
  }

  event(id: string): Promise<InboundEvent | null> {
    return this.db.get(this.eventRef(id));
  }

  eventIn(tx: Tx, id: string): Promise<InboundEvent | null> {
    return tx.get(this.eventRef(id));
  }

  /** The body as it came. */
  async bodyOf(event: InboundEvent): Promise<Uint8Array> {
    if (event.body !== null) return Buffer.from(event.body, 'utf8');
    const count = Math.ceil(event.bytes / PART_BYTES);
    const refs = Array.from({ length: count }, (_, index) => this.#partRef(event.id, index));
    const parts = await this.db.getAll(refs);
    return Buffer.concat(parts.map((part) => part?.bytes ?? new Uint8Array()));
  }

  updateEvent(id: string, patch: PatchOf<InboundEvent>): Promise<void> {
    return this.db.update(this.eventRef(id), patch);
  }

  events(
    organizationId: string,
    registrationId: string,
    query: InboundEventQuery,
  ): Promise<Page<InboundEvent>> {
    const { status, ...page } = query;
    const all = this.#eventsOf(organizationId, registrationId);
    return this.db.page(status ? all.where('status', '==', status) : all, page, { field: 'receivedAt' });
  }

  async lastEvent(organizationId: string, registrationId: string): Promise<InboundEvent | null> {
    const newest = this.#eventsOf(organizationId, registrationId).orderBy('receivedAt', 'desc');
    return this.db.first(newest);
  }

  async countEvents(
    organizationId: string,
    registrationId: string,
    { since, status }: { since: Date; status?: InboundEvent['status'] },
  ): Promise<number> {
    const all = this.#eventsOf(organizationId, registrationId).where('receivedAt', '>=', since);
    return this.db.count(status ? all.where('status', '==', status) : all);
  }

  countRefusals(organizationId: string, registrationId: string, since: Date): Promise<number> {
    return this.db.count(
      this.db
        .collection(inboundAuditModel)
        .where('organizationId', '==', organizationId)
        .where('registrationId', '==', registrationId)
        .where('outcome', '==', 'refused')
        .where('at', '>=', since),
    );
  }

  /** Kept events whose job should have run before `before`. */
  overdue(before: Date, limit: number): Promise<InboundEvent[]> {
    return this.db.find(
      this.db
        .collection(inboundEventModel)
        .where('status', '==', 'received')
        .where('receivedAt', '<=', before)
        .orderBy('receivedAt')
        .limit(limit),
    );
  }

  /** Registrations that have been failing since before `before`. */
  failingSince(before: Date, limit: number): Promise<InboundRegistration[]> {
    return this.db.find(
      this.db
        .collection(inboundRegistrationModel)
        .where('direction', '==', 'in')
        .where('status', '==', 'failing')
        .where('failingSince', '<=', before)
        .orderBy('failingSince')
        .limit(limit),
    );
  }

  /** Those whose vendor is to be asked by `now` whether it still sends. */
  subscriptionsDue(now: Date, limit: number): Promise<InboundRegistration[]> {
    return this.db.find(
      this.db
        .collection(inboundRegistrationModel)
        .where('direction', '==', 'in')
        .where('checkDueAt', '<=', now)
        .orderBy('checkDueAt')
        .limit(limit),
    );
  }

  audit(id: string, entry: NewDoc<typeof inboundAuditModel>): Promise<void> {
    return this.db.create(this.db.doc(inboundAuditModel, id), entry);
  }

  #keepParts(
    tx: Tx,
    eventId: string,
    { organizationId, expiresAt }: Pick<NewDoc<typeof inboundEventModel>, 'organizationId' | 'expiresAt'>,
    body: Uint8Array,
  ): void {
    for (let index = 0; index * PART_BYTES < body.byteLength; index += 1) {
      const bytes = Buffer.from(body.subarray(index * PART_BYTES, (index + 1) * PART_BYTES));
      tx.create(this.#partRef(eventId, index), { organizationId, eventId, index, bytes, expiresAt });
    }
  }

  #partRef(eventId: string, index: number): Ref<typeof inboundPartModel> {
    return this.db.doc(inboundPartModel, `${eventId}_${index}`);
  }

  async #receiving(id: string): Promise<InboundRegistration | null> {
    return isInbound(id) ? this.db.get(this.registrationRef(id)) : null;
  }

  #registrations(organizationId: string) {
    return this.db
      .collection(inboundRegistrationModel)
      .where('organizationId', '==', organizationId)
      .where('direction', '==', 'in')
      .limit(MAX_REGISTRATIONS + 1);
  }

  #eventsOf(organizationId: string, registrationId: string) {
    return this.db
      .collection(inboundEventModel)
      .where('organizationId', '==', organizationId)
      .where('registrationId', '==', registrationId);
  }
}

function own(organizationId: string, found: InboundRegistration | null): InboundRegistration | null {
  return found?.organizationId === organizationId ? found : null;
}

/** Null for bytes that are no text. */
function asText(body: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    return null;
  }
}
