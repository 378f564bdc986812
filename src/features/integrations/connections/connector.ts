import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { Tx } from '@/core/db/db';
import type { Outbox } from '@/core/events/outbox';
import { credentialIdOf, type IntegrationCredential } from '../credentials/repository';
import type { SecureCredentialService } from '../credentials/service';

import { integrationConnected, integrationNeedsReauth } from '../events';
import type { Authenticated } from '../providers/types';
import { INTEGRATIONS } from '../registry.data';
import type { ConnectingOwner } from './consent';
import { type Integration, type IntegrationRepository, integrationIdOf } from './repository';
import type { IntegrationType } from './schema';

/** What else comes with a connection and goes with it; each reads before it returns its writes. */
export interface ConnectionPart {
  connectedIn(
    tx: Tx,
    facts: { id: string; organizationId: string; type: IntegrationType },
  ): Promise<() => void>;
}

export interface ConnectorDeps {
  repository: IntegrationRepository;
  credentials: SecureCredentialService;
  outbox: Pick<Outbox, 'append'>;
  audit: AuditTrail;
  parts: readonly ConnectionPart[];
}

/** The person or key in whose name something is done, where only ids are known. */
export type ActingOwner = ConnectingOwner & Partial<Pick<Actor, 'displayName' | 'apiKeyId'>>;

/** Writes a connected account: one document per account, taken up again when it is connected again. */
export class IntegrationConnector {
  constructor(readonly deps: ConnectorDeps) {}

  /** @returns the connection's id. */
  async store(type: IntegrationType, owner: ActingOwner, authenticated: Authenticated): Promise<string> {
    const { repository, credentials } = this.deps;
    const { organizationId, userId } = owner;
    const { account, secret, expiresAt } = authenticated;
    const id = integrationIdOf(organizationId, type, account.accountId);
    const fresh = { organizationId, integrationId: id, integrationType: type, secret, expiresAt };
    const payload = await credentials.seal(fresh);
    await repository.run(async (tx) => {
      const known = await tx.get(repository.ref(id));
      const credential = await tx.get(credentials.deps.repository.ref(id));
      const facts = { id, organizationId, type };
      const parts = await Promise.all(this.deps.parts.map((part) => part.connectedIn(tx, facts)));
      // A version never comes back: whoever still holds an old secret is told apart from the new one.
      const version = Math.max(known?.credentialVersion ?? 0, credential?.version ?? 0) + 1;
      credentials.put(tx, { ...fresh, payload, version }, credential, userId);
      this.#write(tx, { id, type, owner, authenticated, known, version });
      for (const write of parts) write();
      this.#announce(tx, { id, type, owner, authenticated, known });
    });
    return id;
  }

  /** The vendor refuses the grant for good: noted once, and somebody is told. */
  async needsReauthIn(tx: Tx, credential: IntegrationCredential, reason: string): Promise<() => void> {
    const { repository, outbox } = this.deps;
    const ref = repository.ref(credential.integrationId);
    const current = await tx.get(ref);
    return () => {
      if (!current || current.status === 'reauth_required' || current.status === 'disconnected') return;
      tx.update(ref, { status: 'reauth_required', statusReason: reason });
      const { organizationId, type, name, id } = current;
      outbox.append(tx, integrationNeedsReauth, { organizationId, integrationId: id, type, name, reason });
    };
  }

  #write(
    tx: Tx,
    facts: {
      id: string;
      type: IntegrationType;
      owner: ConnectingOwner;
      authenticated: Authenticated;
      known: Integration | null;
      version: number;
    },
  ): void {
    const { id, type, owner, known, version } = facts;
    const { account, secret } = facts.authenticated;
    const ref = this.deps.repository.ref(id);
    const fields = {
      status: 'active' as const,
      statusReason: null,
      method: secret.type === 'oauth2' ? ('oauth2' as const) : ('api_key' as const),
      credentialVersion: version,
      accountName: account.name,
      accountUrl: account.url,
      scopes: [...account.scopes],
    };
    if (known) {
      tx.update(ref, fields);
      return;
    }
    const entry = INTEGRATIONS.find((one) => one.type === type);
    tx.create(ref, {
      ...fields,
      organizationId: owner.organizationId,
      name: entry?.name ?? type,
      type,
      platform: entry?.platform ?? type,
      credentialId: credentialIdOf(id),
      accountId: account.accountId,
      settings: {},
      lastSync: null,
      dataCount: 0,
      errorCount: 0,
      lastCheckedAt: null,
      latencyMs: null,
      connectedBy: owner.userId,
    });
  }

  #announce(
    tx: Tx,
    facts: {
      id: string;
      type: IntegrationType;
      owner: ActingOwner;
      authenticated: Authenticated;
      known: Integration | null;
    },
  ): void {
    const { id, type, owner, authenticated, known } = facts;
    const { organizationId, userId } = owner;
    const reconnected = known !== null;
    const accountId = authenticated.account.accountId;
    this.deps.audit.append(tx, owner as Actor, {
      action: reconnected ? 'integration.reconnected' : 'integration.connected',
      target: { type: 'integration', id, label: `${type} ${authenticated.account.name}` },
      facts: { method: authenticated.secret.type },
    });
    this.deps.outbox.append(tx, integrationConnected, {
      ...{ organizationId, integrationId: id, type, accountId, userId, reconnected },
    });
  }
}
