import 'server-only';
import type { Page } from '@/core/db/cursor';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { SANDBOX_OFF } from './crm';
import type { SandboxCrmAccount, SandboxCrmRecord, SandboxCrmRepository } from './repository';
import type {
  CreateSandboxRecord,
  SandboxCrmAccounts,
  SandboxCrmQuery,
  SandboxCrmRecordView,
} from './schema';
import { type SandboxFault, taken } from './values';

export interface SandboxCrmPageDeps {
  repository: SandboxCrmRepository;
  /** Whether this installation allows the sandbox. */
  allowed: boolean;
  clock: Clock;
  ids: Ids;
}

/** The sandbox CRM's own page: the vendor's side, seen and changed by the person whose account it is. */
export class SandboxCrmService {
  static getInstance(): SandboxCrmService {
    return singleton<SandboxCrmService>('SandboxCrmService');
  }

  constructor(readonly deps: SandboxCrmPageDeps) {}

  async accounts(userId: string): Promise<SandboxCrmAccounts> {
    this.#requireAllowed();
    const found = await this.deps.repository.accountsOf(userId);
    const items = found.map(({ handle, displayName }) => ({ handle, displayName }));
    return { sandbox: true, items: items.sort((a, b) => a.handle.localeCompare(b.handle)) };
  }

  /** What changed last stands first. @throws NotFoundError for an account of somebody else. */
  async records(
    userId: string,
    { account, entity, deleted, ...page }: SandboxCrmQuery,
  ): Promise<Page<SandboxCrmRecordView> & { sandbox: true }> {
    const { id } = await this.#account(userId, account);
    const found = await this.deps.repository.page(id, entity, deleted === 'true', page);
    return { sandbox: true, items: found.items.map(toView), cursor: found.cursor };
  }

  async get(userId: string, id: string): Promise<SandboxCrmRecordView> {
    return toView(await this.#record(userId, id));
  }

  /** @throws ValidationError at `body.values.<field>` for what the sandbox CRM does not take. */
  async create(
    userId: string,
    { account, entity, values }: CreateSandboxRecord,
  ): Promise<SandboxCrmRecordView> {
    const { repository, ids, clock } = this.deps;
    const { id: accountId } = await this.#account(userId, account);
    const next = taken(entity, {}, values);
    requireTaken(next.faults);
    const now = clock.now();
    const id = ids.next();
    const record = {
      id,
      accountId,
      entity,
      values: next.values,
      archived: false,
      madeAt: now,
      stampedAt: now,
    };
    await repository.create(record);
    return toView(record);
  }

  /** @throws ValidationError as {@link create}. ConflictError for a record that was deleted. */
  async change(
    userId: string,
    id: string,
    values: CreateSandboxRecord['values'],
  ): Promise<SandboxCrmRecordView> {
    const { repository, clock } = this.deps;
    await this.#record(userId, id);
    await repository.change([id], (record) => {
      if (!record || record.archived)
        throw new ConflictError('This record was deleted. It cannot be changed.');
      const next = taken(record.entity, record.values, values);
      requireTaken(next.faults);
      return next.changed ? { values: next.values, archived: false, stampedAt: clock.now() } : null;
    });
    return toView(await this.#record(userId, id));
  }

  /** Deleted records stand in the sandbox CRM's list of them; erased ones are nowhere. */
  async remove(userId: string, id: string, erase: boolean): Promise<void> {
    const { repository, clock } = this.deps;
    await this.#record(userId, id);
    if (erase) return repository.erase(id);
    await repository.change([id], (record) =>
      record && !record.archived ? { values: record.values, archived: true, stampedAt: clock.now() } : null,
    );
  }

  async #account(userId: string, handle: string): Promise<SandboxCrmAccount> {
    this.#requireAllowed();
    const mine = await this.deps.repository.accountsOf(userId);
    const found = mine.find((one) => one.handle === handle);
    if (!found) throw new NotFoundError('This sandbox account');
    return found;
  }

  async #record(userId: string, id: string): Promise<SandboxCrmRecord> {
    this.#requireAllowed();
    const { repository } = this.deps;
    const record = await repository.record(id);
    const account = record && (await repository.account(record.accountId));
    if (account?.ownerUserId !== userId) throw new NotFoundError('This sandbox record');
    return record as SandboxCrmRecord;
  }

  #requireAllowed(): void {
    if (this.deps.allowed) return;
    throw new ForbiddenError(SANDBOX_OFF, 'sandbox_disabled');
  }
}

function requireTaken(faults: readonly SandboxFault[]): void {
  if (faults.length === 0) return;
  throw new ValidationError(
    'The sandbox CRM does not take this record.',
    faults.map(({ field, message }) => ({ path: `body.values.${field}`, message })),
  );
}

function toView({
  id,
  entity,
  values,
  archived,
  stampedAt,
}: Pick<SandboxCrmRecord, 'id' | 'entity' | 'values' | 'archived' | 'stampedAt'>): SandboxCrmRecordView {
  return { id, entity, values, deleted: archived, changedAt: stampedAt.toISOString() };
}
