import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { NotFoundError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import type { Integration, IntegrationRepository } from '../connections/repository';
import { integrationCredentialDue } from '../events';
import { BLOCKED_BY_AGE } from './reasons';
import type { CredentialRepository, IntegrationCredential } from './repository';
import { ageInDays, firstNotice, noticeAfter, replaceBy, rotationState } from './rotation-state';
import type { CredentialAuditView, CredentialView, RotationPolicy } from './schema';

const BATCH = 50;

export interface RotationDeps {
  repository: CredentialRepository;
  integrations: Pick<IntegrationRepository, 'getIn' | 'ref'>;
  /** Marks the connection and tells people, once; reads before it returns its writes. */
  onRefused(tx: Tx, credential: IntegrationCredential, reason: string): Promise<() => void>;
  audit: AuditTrail;
  outbox: Pick<Outbox, 'append'>;
  clock: Clock;
}

/** How old secrets may grow, who hears of it, and what was done with them. Never shows a secret. */
export class CredentialRotation {
  static getInstance(): CredentialRotation {
    return singleton<CredentialRotation>('CredentialRotation');
  }

  constructor(readonly deps: RotationDeps) {}

  async view(organizationId: string, integrationId: string): Promise<CredentialView> {
    return this.#view(own(organizationId, await this.deps.repository.get(integrationId)));
  }

  /** Newest first. */
  async history(
    organizationId: string,
    integrationId: string,
    page: PageQuery,
  ): Promise<Page<CredentialAuditView>> {
    own(organizationId, await this.deps.repository.get(integrationId));
    const { items, cursor } = await this.deps.repository.history(organizationId, integrationId, page);
    return {
      items: items.map(({ id, action, actor, version, count, at }) => ({
        ...{ id, action, actor, version, count, at },
      })),
      cursor,
    };
  }

  /** Holds at once: a secret that is too old now is refused, one that was refused for its age only may be used again. */
  async setPolicy(actor: Actor, integrationId: string, policy: RotationPolicy): Promise<CredentialView> {
    const { repository, integrations, audit, clock } = this.deps;
    await repository.run(async (tx) => {
      const known = own(actor.organizationId, await tx.get(repository.ref(integrationId)));
      const integration = await integrations.getIn(tx, actor.organizationId, integrationId);
      const credential = { ...known, rotationPolicy: policy };
      const block = await this.#blockIn(tx, credential);
      tx.update(repository.ref(integrationId), {
        rotationPolicy: policy,
        rotationNoticeAt: known.enabled ? firstNotice(credential) : null,
      });
      if (rotationState(credential, clock.now()) === 'blocked') block();
      else this.#allow(tx, known, integration);
      const { maxAgeDays, warnDays, block: blocks } = policy;
      audit.append(tx, actor, {
        action: 'integration.credential_policy_changed',
        target: { type: 'integration', id: integrationId, label: integration?.name ?? integrationId },
        facts: { maxAgeDays, warnDays, block: blocks },
      });
    });
    return this.view(actor.organizationId, integrationId);
  }

  /** Tells people of secrets that are due, once, and stops those that may not be used any longer. */
  async upkeep(open: () => boolean): Promise<{ warned: number; blocked: number }> {
    const { repository, clock } = this.deps;
    const report = { warned: 0, blocked: 0 };
    while (open()) {
      const due = await repository.dueForNotice(clock.now(), BATCH);
      for (const { integrationId } of due) {
        if (!open()) return report;
        const done = await this.#notice(integrationId);
        if (done) report[done] += 1;
      }
      if (due.length < BATCH) return report;
    }
    return report;
  }

  #notice(integrationId: string): Promise<'warned' | 'blocked' | null> {
    const { repository, integrations, outbox, clock } = this.deps;
    return repository.run(async (tx) => {
      const ref = repository.ref(integrationId);
      const credential = await tx.get(ref);
      const now = clock.now();
      if (!credential?.rotationNoticeAt || credential.rotationNoticeAt > now) return null;
      const integration = await integrations.getIn(tx, credential.organizationId, integrationId);
      const block = await this.#blockIn(tx, credential);
      const end = replaceBy(credential);
      if (rotationState(credential, now) === 'blocked') {
        tx.update(ref, { rotationNoticeAt: null });
        block();
        return 'blocked';
      }
      tx.update(ref, { rotationNoticeAt: noticeAfter(credential, now) });
      if (!integration || !end || !credential.enabled) return null;
      const { organizationId } = credential;
      const { name } = integration;
      outbox.append(tx, integrationCredentialDue, { organizationId, integrationId, name, replaceBy: end });
      return 'warned';
    });
  }

  /** Reads, then returns what stops a secret that is not stopped yet. */
  async #blockIn(tx: Tx, credential: IntegrationCredential): Promise<() => void> {
    const { repository, onRefused, clock } = this.deps;
    const mark = await onRefused(tx, credential, BLOCKED_BY_AGE);
    return () => {
      if (credential.blockedAt) return;
      tx.update(repository.ref(credential.integrationId), { blockedAt: clock.now() });
      mark();
    };
  }

  #allow(tx: Tx, credential: IntegrationCredential, integration: Integration | null): void {
    if (!credential.blockedAt) return;
    const { repository, integrations } = this.deps;
    tx.update(repository.ref(credential.integrationId), { blockedAt: null });
    if (integration?.status === 'reauth_required' && credential.enabled)
      tx.update(integrations.ref(integration.id), { status: 'active', statusReason: null });
  }

  #view(credential: IntegrationCredential): CredentialView {
    const now = this.deps.clock.now();
    const { type, issuedAt, expiryTime, refreshable, nextRefreshAt, enabled } = credential;
    const { lastRefreshedAt, refreshCount, rotationPolicy } = credential;
    return {
      ...{ type, issuedAt, expiryTime, refreshable, lastRefreshedAt, refreshCount, rotationPolicy },
      ageDays: ageInDays(credential, now),
      nextRefreshAt: refreshable && enabled ? soonest(nextRefreshAt, expiryTime) : null,
      replaceBy: replaceBy(credential),
      state: enabled ? rotationState(credential, now) : 'refused',
    };
  }
}

/** A short token is renewed when it is used, the others by the upkeep. */
function soonest(a: Date | null, b: Date | null): Date | null {
  if (!a || !b) return a ?? b;
  return a < b ? a : b;
}

/** Somebody else's secret does not exist here. @throws NotFoundError */
function own(organizationId: string, found: IntegrationCredential | null): IntegrationCredential {
  if (found?.organizationId !== organizationId) throw new NotFoundError('The secret of this integration');
  return found;
}
