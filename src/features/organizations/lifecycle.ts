import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';
import { ConflictError } from '@/core/errors';
import { zipArchive } from '@/core/http/archive';
import { exportJson } from '@/core/http/download';
import { singleton } from '@/core/singletons';
import type { OrganizationDeps } from './deps';
import { organizationDeletionRequested, organizationPurged, organizationRestored } from './events';
import { type MediaFiles, mediaFilesOf, mediaPathsOf } from './media-files.data';
import type { Organization } from './repository';
import { present, requireConfirmation, requirePerson } from './rules';
import { TENANT_COLLECTIONS } from './tenant.data';
import type { TenantRepository } from './tenant-repository';

const GRACE_MS = 30 * 24 * 3600_000;

/** The end of an organisation: export, deletion with thirty days to change one's mind, and what happens after them. */
export class OrganizationLifecycle {
  static getInstance(): OrganizationLifecycle {
    return singleton<OrganizationLifecycle>('OrganizationLifecycle');
  }

  constructor(
    readonly deps: OrganizationDeps,
    readonly tenant: TenantRepository,
    readonly media: MediaFiles,
  ) {}

  /** Everything the organisation has, as a ZIP in pieces: `data.json` and its media. Secrets are not in it. */
  async *export(actor: Actor): AsyncGenerator<Uint8Array> {
    const organization = present(
      await this.deps.repository.organization(actor.organizationId),
      'This organisation',
    );
    await this.deps.repository.run(async (tx) =>
      this.#record(tx, actor, 'organization.exported', organization),
    );
    const media = this.tenant.rows({ name: 'media_assets' }, organization.id);
    yield* zipArchive(
      exportJson(this.deps.clock.now(), this.#parts(organization)),
      mediaFilesOf(media, this.media),
    );
  }

  /**
   * Starts the deletion: members keep reading, nothing else works, and after thirty days everything goes.
   * @throws ValidationError at `body.confirmName` unless the name was typed exactly.
   */
  requestDeletion(actor: Actor, confirmName: string): Promise<{ purgeAt: Date }> {
    requirePerson(actor);
    const { repository, outbox, clock } = this.deps;
    return repository.run(async (tx) => {
      const ref = repository.organizationRef(actor.organizationId);
      const organization = present(await tx.get(ref), 'This organisation');
      requireConfirmation(confirmName, organization.profile.name, 'body.confirmName');
      if (organization.deletion) return { purgeAt: organization.deletion.purgeAt };
      const requestedAt = clock.now();
      const purgeAt = new Date(requestedAt.getTime() + GRACE_MS);
      tx.update(ref, { deletion: { requestedAt, requestedBy: actor.userId, purgeAt } });
      this.#record(tx, actor, 'organization.deletion_requested', organization, {
        purgeAt: purgeAt.toISOString(),
      });
      const organizationId = actor.organizationId;
      outbox.append(tx, organizationDeletionRequested, { organizationId, byUserId: actor.userId, purgeAt });
      this.#forget(tx, organizationId);
      return { purgeAt };
    });
  }

  /** Takes the deletion back. @throws ConflictError when none is under way. */
  restore(actor: Actor): Promise<void> {
    const { repository, outbox } = this.deps;
    return repository.run(async (tx) => {
      const ref = repository.organizationRef(actor.organizationId);
      const organization = present(await tx.get(ref), 'This organisation');
      if (!organization.deletion) throw new ConflictError('This organisation is not being deleted.');
      tx.update(ref, { deletion: null });
      this.#record(tx, actor, 'organization.restored', organization);
      outbox.append(tx, organizationRestored, {
        organizationId: actor.organizationId,
        byUserId: actor.userId,
      });
      this.#forget(tx, actor.organizationId);
    });
  }

  /** For an organisation whose only member closes their account: nobody is left to change their mind. */
  condemn(organizationId: string, userId: string): Promise<void> {
    const { repository, clock } = this.deps;
    return repository.run(async (tx) => {
      const ref = repository.organizationRef(organizationId);
      if (!(await tx.get(ref))) return;
      const now = clock.now();
      tx.update(ref, { deletion: { requestedAt: now, requestedBy: userId, purgeAt: now } });
      this.#forget(tx, organizationId);
    });
  }

  /**
   * Deletes what is due, as far as the time goes; the next call goes on where this one stopped.
   * Called by the daily maintenance, and safe to run twice at once.
   * @returns counts for the cron's answer.
   */
  async purgeDue(deadline: Date): Promise<{ organizations: number; documents: number; left: number }> {
    const due = await this.deps.repository.organizationsToPurge(this.deps.clock.now(), 20);
    let organizations = 0;
    let documents = 0;
    for (const organization of due) {
      const result = await this.#purge(organization, deadline);
      documents += result.documents;
      if (!result.finished) break;
      organizations += 1;
    }
    return { organizations, documents, left: due.length - organizations };
  }

  async #purge(
    organization: Organization,
    deadline: Date,
  ): Promise<{ finished: boolean; documents: number }> {
    const { clock } = this.deps;
    let documents = 0;
    const drained = async (deleteSome: () => Promise<number>): Promise<boolean> => {
      for (;;) {
        if (clock.now() >= deadline) return false;
        const deleted = await deleteSome();
        documents += deleted;
        if (deleted === 0) return true;
      }
    };
    // Files first: once their documents are gone, nobody knows where they lie.
    if (!(await this.#deleteFiles(organization.id, deadline))) return { finished: false, documents };
    for (const collection of TENANT_COLLECTIONS.filter((one) => !one.kept)) {
      const empty = await drained(() => this.tenant.deleteSome(collection, organization.id));
      if (!empty) return { finished: false, documents };
    }
    if (!(await drained(() => this.tenant.deleteSomeOwn(organization.id)))) {
      return { finished: false, documents };
    }
    await this.#finishPurge(organization);
    return { finished: true, documents };
  }

  async #deleteFiles(organizationId: string, deadline: Date): Promise<boolean> {
    for await (const row of this.tenant.rows({ name: 'media_assets' }, organizationId)) {
      if (this.deps.clock.now() >= deadline) return false;
      for (const path of mediaPathsOf(row)) await this.media.delete(path);
    }
    return true;
  }

  /** The organisation's own document goes last, with the announcement: until then a crash only means going on. */
  #finishPurge(organization: Organization): Promise<void> {
    const { repository, outbox } = this.deps;
    return repository.run(async (tx) => {
      const ref = repository.organizationRef(organization.id);
      if (!(await tx.get(ref))?.deletion) return;
      tx.delete(ref);
      const system = { userId: 'system', organizationId: organization.id, displayName: 'IriSync' };
      this.#record(tx, system, 'organization.purged', organization);
      outbox.append(tx, organizationPurged, { organizationId: organization.id });
      this.#forget(tx, organization.id);
    });
  }

  async *#parts(organization: Organization): AsyncGenerator<{ name: string; rows: AsyncIterable<unknown> }> {
    yield { name: 'organization', rows: once(organization) };
    yield* this.tenant.ownRows(organization.id);
    for (const collection of TENANT_COLLECTIONS.filter((one) => !one.internal)) {
      yield { name: collection.name, rows: this.tenant.rows(collection, organization.id) };
    }
  }

  #record(
    tx: Tx,
    actor: Pick<Actor, 'userId' | 'organizationId' | 'displayName' | 'apiKeyId'>,
    action: string,
    organization: Organization,
    facts: Record<string, string> = {},
  ): void {
    const target = { type: 'organization', id: organization.id, label: organization.profile.name };
    this.deps.audit.append(tx, actor, { action, target, facts });
  }

  #forget(tx: Tx, organizationId: string): void {
    tx.afterCommit(() => void this.deps.access.forgetMembers(organizationId));
  }
}

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}
