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

/** What the services of this room are built from. */
export interface OrganizationDeps {
  repository: OrganizationRepository;
  audit: AuditLog;
  outbox: Outbox;
  access: AccessMemory;
  clock: Clock;
  ids: Ids;
}
