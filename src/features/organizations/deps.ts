import type { Actor } from '@/core/auth/principal';
import { type FieldFault, ValidationError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import type { Ids } from '@/core/ids';
import type { Clock } from '@/core/time/clock';
import type { AuditLog } from './audit';
import type { OrganizationRepository } from './repository';

/** Access remembers memberships and keys for a few seconds; whoever changes them says so. */
export interface AccessMemory {
  forgetMembers(organizationId: string): Promise<void>;
  forgetApiKeys(): Promise<void>;
}

/** The channels of an organisation, which another room keeps. */
export interface ChannelBook {
  /** Those of `ids` that are no channel of the organisation. */
  unknown(organizationId: string, ids: readonly string[]): Promise<string[]>;
}

/** @throws ValidationError naming each id that is no channel of the actor's organisation. */
export async function requireChannels(
  channels: ChannelBook,
  actor: Actor,
  ids: readonly string[] | undefined,
): Promise<void> {
  if (!ids || ids.length === 0) return;
  const unknown = new Set(await channels.unknown(actor.organizationId, ids));
  if (unknown.size === 0) return;
  const message = 'This is no channel of the organisation.';
  const faults: FieldFault[] = ids.flatMap((id, index) =>
    unknown.has(id) ? [{ path: `body.channelIds.${index}`, message }] : [],
  );
  throw new ValidationError(message, faults);
}

/** What the services of this room are built from. */
export interface OrganizationDeps {
  repository: OrganizationRepository;
  audit: AuditLog;
  outbox: Outbox;
  access: AccessMemory;
  channels: ChannelBook;
  clock: Clock;
  ids: Ids;
}
