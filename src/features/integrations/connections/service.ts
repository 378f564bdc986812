import 'server-only';
import { isDeepStrictEqual } from 'node:util';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Page } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { ConflictError, ExternalServiceError, NotFoundError, ValidationError } from '@/core/errors';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { SecureCredentialService } from '../credentials/service';
import type { CallPriority } from '../limits/schema';
import type { IntegrationAdapter, OpenSecret, VendorSession } from '../providers/types';
import type { IntegrationRegistryService } from '../registry';
import { INTEGRATIONS } from '../registry.data';
import type { IntegrationConnector } from './connector';
import type { IntegrationConsent } from './consent';
import { explainFailure } from './explain';
import type { Integration, IntegrationRepository } from './repository';
import type {
  CallbackQuery,
  ChangeIntegrationBody,
  ConnectAnswer,
  ConnectBody,
  IntegrationQuery,
  IntegrationType,
  IntegrationView,
  PropertyView,
  RegistryQuery,
  RegistryView,
  SampleQuery,
  SampleView,
  TestAnswer,
} from './schema';
import { settingsSchemaOf } from './settings';

const CALL_MS = 30_000;
const REVOKE_MS = 10_000;
const SAMPLES = 10;
const SECRET_KEPT_MS = 60_000;

/** What ends with a connection. */
export interface ConnectionEnd {
  /** While the secret still opens: takes back what the vendor was told. Never fails for what the vendor says. */
  leaving?(integration: Integration): Promise<void>;
  /** Reads before it returns its writes. */
  endedIn(tx: Tx, integration: Integration): Promise<() => void>;
  /** As {@link endedIn}, for an integration that is deleted in the same transaction. */
  deletedIn(tx: Tx, integration: Integration): Promise<() => void | Promise<void>>;
  /** As {@link endedIn}, for one whose settings are replaced. */
  settingsChangedIn(tx: Tx, integration: Integration): Promise<() => void>;
}

export interface IntegrationDeps {
  repository: IntegrationRepository;
  credentials: SecureCredentialService;
  adapters: ReadonlyMap<IntegrationType, IntegrationAdapter>;
  connector: IntegrationConnector;
  consent: IntegrationConsent;
  registry: Pick<IntegrationRegistryService, 'find'>;
  audit: AuditTrail;
  ends: readonly ConnectionEnd[];
  clock: Clock;
}

/** Connections to other companies' systems: making, testing and ending them. */
export class IntegrationConnectionService {
  static getInstance(): IntegrationConnectionService {
    return singleton<IntegrationConnectionService>('IntegrationConnectionService');
  }

  constructor(readonly deps: IntegrationDeps) {}

  /** A sandbox stands there only where it is allowed. */
  registry(query: RegistryQuery): RegistryView[] {
    return this.deps.registry
      .find(query)
      .filter(({ type, sandbox }) => !sandbox || this.deps.adapters.get(type)?.oauthConfigured)
      .map((entry) => ({ ...entry, oauthConfigured: this.#adapter(entry.type).oauthConfigured }));
  }

  async list(organizationId: string, query: IntegrationQuery): Promise<Page<IntegrationView>> {
    const { items, cursor } = await this.deps.repository.page(organizationId, query);
    return { items: items.map(toView), cursor };
  }

  async get(organizationId: string, id: string): Promise<IntegrationView> {
    return toView(await this.#own(organizationId, id));
  }

  /**
   * Begins a consent, or connects at once with a key.
   * @throws ServiceUnavailableError `integration_not_configured` when this installation has no app at the vendor.
   * @throws ValidationError at `body.apiKey` for a key the vendor refuses.
   */
  async connect(actor: Actor, type: IntegrationType, body: ConnectBody): Promise<ConnectAnswer> {
    const adapter = this.#adapter(type);
    if (!('apiKey' in body)) return this.deps.consent.begin(actor, adapter, body.redirectTo);
    const authenticated = await refusedAtKey(() =>
      adapter.authenticateKey(body.apiKey, AbortSignal.timeout(CALL_MS)),
    );
    const id = await this.deps.connector.store(type, actor, authenticated);
    return { integration: await this.get(actor.organizationId, id) };
  }

  callback(type: IntegrationType, userId: string, query: CallbackQuery): Promise<{ redirectTo: string }> {
    return this.deps.consent.finish(type, userId, query);
  }

  /** @throws ValidationError under `body.settings` for what the vendor's schema does not know. */
  async change(actor: Actor, id: string, body: ChangeIntegrationBody): Promise<IntegrationView> {
    const { repository, audit, ends } = this.deps;
    await repository.run(async (tx) => {
      const known = present(await repository.getIn(tx, actor.organizationId, id));
      const settings = body.settings ? checkedSettings(known.type, body.settings) : known.settings;
      const other = !isDeepStrictEqual(settings, known.settings);
      const writes = other ? await Promise.all(ends.map((end) => end.settingsChangedIn(tx, known))) : [];
      for (const write of writes) write();
      tx.update(repository.ref(id), { name: body.name ?? known.name, settings });
      audit.append(tx, actor, entry('integration.changed', known));
    });
    return this.get(actor.organizationId, id);
  }

  /** Asks the vendor whether the connection works, and notes the answer. Never throws for what the vendor says. */
  async test(organizationId: string, id: string): Promise<TestAnswer> {
    const { clock } = this.deps;
    const integration = connected(await this.#own(organizationId, id));
    const startedAt = performance.now();
    const outcome = await this.#checked(integration);
    const latencyMs = Math.round(performance.now() - startedAt);
    await this.deps.repository.run(async (tx) => {
      const current = await this.deps.repository.getIn(tx, organizationId, id);
      if (!current || current.status === 'disconnected') return;
      const known = current.status === 'reauth_required';
      tx.update(this.deps.repository.ref(id), {
        lastCheckedAt: clock.now(),
        latencyMs,
        ...(known
          ? {}
          : { status: outcome.success ? 'active' : 'error', statusReason: outcome.error ?? null }),
      });
    });
    return { ...outcome, latencyMs };
  }

  /** The fields of a vendor's entity, for mappings. */
  async fields(organizationId: string, id: string, entity: string): Promise<PropertyView[]> {
    const adapter = await this.#knowing(organizationId, id, entity);
    return adapter.describeEntity(this.session(id, AbortSignal.timeout(CALL_MS), 'high'), entity);
  }

  /** Records as the vendor has them now, to try mappings on. Nothing of them is kept. */
  async samples(
    organizationId: string,
    id: string,
    entity: string,
    { externalId, fields }: SampleQuery,
  ): Promise<SampleView[]> {
    const adapter = await this.#knowing(organizationId, id, entity);
    const session = this.session(id, AbortSignal.timeout(CALL_MS), 'high');
    const records = externalId
      ? await adapter.fetchByIds(session, entity, [externalId], fields)
      : (await adapter.fetchAll(session, entity, null, fields)).records.slice(0, SAMPLES);
    return records.map(({ externalId: found, data }) => ({
      externalId: found,
      // As it travels: a date of the vendor's client is a text to mappings' previews.
      record: JSON.parse(JSON.stringify(data)) as SampleView['record'],
    }));
  }

  /** Ends a connection: here at once and for good, at the vendor as far as it answers. What was synced stays. */
  async disconnect(actor: Actor, id: string): Promise<IntegrationView> {
    const integration = await this.#own(actor.organizationId, id);
    if (integration.status !== 'disconnected') {
      for (const end of this.deps.ends) await end.leaving?.(integration);
      await this.#revoke(integration);
    }
    await this.#end(actor, id);
    return this.get(actor.organizationId, id);
  }

  /** Ends it, and forgets it with everything it brought. */
  async delete(actor: Actor, id: string): Promise<void> {
    const { repository, audit, ends } = this.deps;
    await this.disconnect(actor, id);
    await repository.run(async (tx) => {
      const known = await repository.getIn(tx, actor.organizationId, id);
      if (!known) return;
      const writes = await Promise.all(ends.map((end) => end.deletedIn(tx, known)));
      for (const write of writes) await write();
      tx.delete(repository.ref(id));
      audit.append(tx, actor, entry('integration.deleted', known));
    });
  }

  /** What calls in its name are made with. The secret is read again every minute, and after a refusal. */
  session(id: string, signal: AbortSignal, priority: CallPriority = 'normal'): VendorSession {
    const { credentials, clock } = this.deps;
    let held: { until: number; open: Promise<OpenSecret> } | null = null;
    let chosen: Promise<unknown> | null = null;
    return {
      owner: id,
      secret: () => {
        const now = clock.now().getTime();
        if (!held || held.until <= now) held = { until: now + SECRET_KEPT_MS, open: credentials.open(id) };
        return held.open;
      },
      renew: async (rejectedVersion) => {
        held = null;
        await credentials.renew(id, rejectedVersion);
      },
      ...{ signal, priority },
      settings: () => {
        chosen ??= this.deps.repository.settings(id);
        return chosen;
      },
    };
  }

  /** The adapter of a connection whose vendor has this kind of record. */
  async #knowing(organizationId: string, id: string, entity: string): Promise<IntegrationAdapter> {
    const integration = connected(await this.#own(organizationId, id));
    const known = INTEGRATIONS.find(({ type }) => type === integration.type);
    if (!known?.entities.includes(entity)) throw new NotFoundError('This kind of record');
    return this.#adapter(integration.type);
  }

  async #checked(integration: Integration): Promise<Omit<TestAnswer, 'latencyMs'>> {
    try {
      const session = this.session(integration.id, AbortSignal.timeout(CALL_MS), 'high');
      const { health, account, quotaLeft } = await this.#adapter(integration.type).checkHealth(session);
      return { success: true, health, account, quotaLeft };
    } catch (error) {
      if (!(error instanceof ExternalServiceError)) throw error;
      return { success: false, health: 'down', error: explainFailure(error), quotaLeft: null };
    }
  }

  async #revoke(integration: Integration): Promise<void> {
    try {
      const { secret } = await this.deps.credentials.open(integration.id);
      await this.#adapter(integration.type).revoke(secret, AbortSignal.timeout(REVOKE_MS));
    } catch (error) {
      if (!(error instanceof ExternalServiceError) && !(error instanceof NotFoundError)) throw error;
      logger.warn(
        { err: error, integrationId: integration.id },
        'a grant could not be revoked at the vendor',
      );
    }
  }

  #end(actor: Actor, id: string): Promise<void> {
    const { repository, credentials, audit, ends } = this.deps;
    return repository.run(async (tx) => {
      const current = present(await repository.getIn(tx, actor.organizationId, id));
      const credential = await tx.get(credentials.deps.repository.ref(id));
      const writes = await Promise.all(ends.map((end) => end.endedIn(tx, current)));
      if (credential) credentials.destroy(tx, credential, actor.userId);
      for (const write of writes) write();
      if (current.status === 'disconnected') return;
      tx.update(repository.ref(id), { status: 'disconnected', statusReason: null });
      audit.append(tx, actor, entry('integration.disconnected', current));
    });
  }

  async #own(organizationId: string, id: string): Promise<Integration> {
    return present(await this.deps.repository.get(organizationId, id));
  }

  #adapter(type: IntegrationType): IntegrationAdapter {
    const adapter = this.deps.adapters.get(type);
    if (!adapter) throw new NotFoundError('This kind of integration');
    return adapter;
  }
}

/** @throws ValidationError at what the vendor's schema does not take. */
function checkedSettings(type: IntegrationType, given: Record<string, unknown>): Integration['settings'] {
  const parsed = settingsSchemaOf(type).safeParse(given);
  if (parsed.success) return parsed.data;
  throw new ValidationError(
    'These settings cannot be taken.',
    parsed.error.issues.map(({ path, message }) => ({
      path: ['body', 'settings', ...path].join('.'),
      message,
    })),
  );
}

function toView({
  organizationId: _o,
  credentialId: _c,
  credentialVersion: _v,
  ...view
}: Integration): IntegrationView {
  return view;
}

/** Somebody else's integration does not exist here. @throws NotFoundError */
function present(found: Integration | null): Integration {
  if (!found) throw new NotFoundError('This integration');
  return found;
}

/** @throws ConflictError when a person ended it. */
export function connected(integration: Integration): Integration {
  if (integration.status === 'disconnected')
    throw new ConflictError('This integration is disconnected. Connect it again first.');
  return integration;
}

function entry(action: string, { id, type, accountName }: Integration) {
  return { action, target: { type: 'integration', id, label: `${type} ${accountName}` } };
}

/** What the vendor refuses about a key is the input's fault, with its path. */
async function refusedAtKey<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const refused = error instanceof ExternalServiceError && error.outcome === 'rejected';
    if (!refused || error.kind === 'rate_limit' || error.kind === 'quota') throw error;
    const message =
      error.vendorCode === 'missing_scope'
        ? error.message
        : 'The vendor does not accept this token. Check that it is complete and still valid.';
    throw ValidationError.at('body.apiKey', message);
  }
}
