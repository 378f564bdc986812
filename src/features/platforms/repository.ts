import 'server-only';
import { createHash } from 'node:crypto';
import { FieldPath, FieldValue } from 'firebase-admin/firestore';
import { z } from 'zod';
import { type Db, type Doc, isAlreadyExists, type Ref, type Tx } from '@/core/db/db';
import { defineModel, type NewDoc } from '@/core/db/model';
import type { AccountFacts } from '@/features/platforms/providers/types';
import {
  type Connection,
  connectionModel,
  type PlatformId,
  platformIdSchema,
} from '@/features/platforms/schema';

/** Secrets of a connection. Server only; `payload` opens only in the context of its owner. */
export const platformCredentialModel = defineModel('credentials', {
  organizationId: z.string(),
  integrationId: z.string(),
  kind: z.literal('platform'),
  platform: platformIdSchema,
  type: z.enum(['oauth2', 'bearer']),
  payload: z.string(),
  version: z.int().positive(),
  issuedAt: z.date(),
  expiryTime: z.date().nullable(),
  enabled: z.boolean(),
  lastRefreshedAt: z.date().nullable(),
  refreshCount: z.int().nonnegative(),
  /** No renewal is tried before: the last one failed for a passing reason. */
  refreshAfter: z.date().nullable(),
});
export type PlatformCredential = Doc<typeof platformCredentialModel>;

/** Our registration at one server of a federated network. Belongs to the installation, not to a tenant. */
export const serverAppModel = defineModel('credentials', {
  kind: z.literal('server_app'),
  platform: z.string(),
  server: z.string(),
  payload: z.string(),
});

/** A consent under way. The id is the hash of the state; the state itself is only in the browser. */
export const oauthStateModel = defineModel('oauth_states', {
  kind: z.literal('platform'),
  platform: platformIdSchema,
  organizationId: z.string(),
  userId: z.string(),
  redirectUri: z.string(),
  redirectTo: z.string(),
  baseUrl: z.string().nullable(),
  /** Encrypted: PKCE verifier and what the adapter keeps. */
  payload: z.string(),
  expiresAt: z.date(),
});
export type OAuthState = Doc<typeof oauthStateModel>;

/** Accounts one consent reached, until the person has chosen among them. The id is the hash of what the browser holds. */
export const connectChoiceModel = defineModel('oauth_states', {
  kind: z.literal('choice'),
  platform: platformIdSchema,
  organizationId: z.string(),
  userId: z.string(),
  /** Encrypted: the accounts with their tokens. */
  payload: z.string(),
  expiresAt: z.date(),
});
export type ConnectChoice = Doc<typeof connectChoiceModel>;

/** How often an allowance that all accounts share was used in one window of it. */
export const appUsesModel = defineModel('rate_limits', {
  kind: z.literal('platform'),
  platform: platformIdSchema,
  name: z.string().max(80),
  /** `2026-11-21`: names the window in the network's own calendar. */
  window: z.string().max(40),
  uses: z.int().nonnegative(),
  expiresAt: z.date(),
});

/** An organisation has at most this many channels; above every tier's limit in practice, and it bounds every list. */
export const MAX_CHANNELS = 500;

/** One document per account and organisation, so that connecting twice cannot make two. */
export function connectionIdOf(facts: {
  organizationId: string;
  platform: PlatformId;
  accountId: string;
  baseUrl: string | null;
}): string {
  // A Bluesky account keeps its id when it moves to another server; a Mastodon id means something only at its server.
  const server = facts.accountId.startsWith('did:') ? '' : (facts.baseUrl ?? '');
  const text = [facts.organizationId, facts.platform, server, facts.accountId].join('\n');
  return `ch_${createHash('sha256').update(text).digest('base64url').slice(0, 22)}`;
}

export class PlatformRepository {
  constructor(readonly db: Db) {}

  run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    return this.db.run(work);
  }

  connectionRef(id: string): Ref<typeof connectionModel> {
    return this.db.doc(connectionModel, id);
  }

  credentialRef(connectionId: string): Ref<typeof platformCredentialModel> {
    return this.db.doc(platformCredentialModel, `platform_${connectionId}`);
  }

  connection(id: string): Promise<Connection | null> {
    return this.db.get(this.connectionRef(id));
  }

  credential(connectionId: string): Promise<PlatformCredential | null> {
    return this.db.get(this.credentialRef(connectionId));
  }

  /** Both in one round trip. */
  async connectionWithCredential(id: string): Promise<[Connection | null, PlatformCredential | null]> {
    const refs = [this.connectionRef(id), this.credentialRef(id)] as Ref<never>[];
    const [connection, credential] = await this.db.getAll<Connection | PlatformCredential>(refs);
    return [connection as Connection | null, credential as PlatformCredential | null];
  }

  async updateProfile(id: string, account: AccountFacts): Promise<void> {
    await this.db.update(this.connectionRef(id), {
      handle: account.handle,
      displayName: account.displayName,
      avatarUrl: account.avatarUrl ?? null,
      profileUrl: account.profileUrl ?? null,
      limits: account.limits,
    });
  }

  active(organizationId: string): Promise<Connection[]> {
    return this.db.find(this.#active(organizationId).limit(MAX_CHANNELS));
  }

  /** Read inside the transaction that adds one, so that two connecting at once cannot both take the last place. */
  async countActive(tx: Tx, organizationId: string): Promise<number> {
    return (await tx.find(this.#active(organizationId).limit(MAX_CHANNELS))).length;
  }

  /** Channels the maintenance job should look at, longest due first. */
  due(now: Date, limit: number): Promise<Connection[]> {
    return this.db.find(
      this.db
        .collection(connectionModel)
        .where('active', '==', true)
        .where('nextCheckAt', '<=', now)
        .orderBy('nextCheckAt')
        .limit(limit),
    );
  }

  async createState(id: string, state: NewDoc<typeof oauthStateModel>): Promise<void> {
    await this.db.create(this.db.doc(oauthStateModel, id), state);
  }

  /** Takes a state out: whoever comes second finds nothing. */
  takeState(id: string): Promise<OAuthState | null> {
    const ref = this.db.doc(oauthStateModel, id);
    return this.db.run(async (tx) => {
      const state = await tx.get(ref);
      if (state) tx.delete(ref);
      return state;
    });
  }

  async createChoice(id: string, choice: NewDoc<typeof connectChoiceModel>): Promise<void> {
    await this.db.create(this.db.doc(connectChoiceModel, id), choice);
  }

  choice(id: string): Promise<ConnectChoice | null> {
    return this.db.get(this.db.doc(connectChoiceModel, id));
  }

  async forgetChoice(id: string): Promise<void> {
    await this.db.delete(this.db.doc(connectChoiceModel, id));
  }

  /** One write that nobody has to wait for; the first use of a window makes its document. */
  async countUse(platform: PlatformId, name: string, window: string, endsAt: Date): Promise<void> {
    const ref = this.db.doc(appUsesModel, `platform_${platform}_${name}_${window}`);
    const first = { kind: 'platform' as const, platform, name, window, uses: 1, expiresAt: endsAt };
    try {
      await this.db.create(ref, first);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await this.db.update(ref, { uses: FieldValue.increment(1) });
    }
  }

  async uses(platform: PlatformId, name: string, window: string): Promise<number> {
    return (
      (await this.db.get(this.db.doc(appUsesModel, `platform_${platform}_${name}_${window}`)))?.uses ?? 0
    );
  }

  /** Secrets of one kind in the order of their ids. */
  secretsAfter<M extends typeof platformCredentialModel | typeof serverAppModel>(
    model: M,
    kind: string,
    afterId: string | null,
    limit: number,
  ): Promise<Doc<M>[]> {
    const ordered = this.db.collection(model).where('kind', '==', kind).orderBy(FieldPath.documentId());
    return this.db.find((afterId ? ordered.startAfter(afterId) : ordered).limit(limit));
  }

  /** @returns false when the payload is another one by now. */
  replacePayload(
    model: typeof platformCredentialModel | typeof serverAppModel,
    id: string,
    expected: string,
    payload: string,
  ): Promise<boolean> {
    const ref = this.db.doc(model, id) as Ref<typeof serverAppModel>;
    return this.db.run(async (tx) => {
      if ((await tx.get(ref))?.payload !== expected) return false;
      tx.update(ref, { payload });
      return true;
    });
  }

  serverAppRef(id: string): Ref<typeof serverAppModel> {
    return this.db.doc(serverAppModel, `server_app_${id}`);
  }

  #active(organizationId: string) {
    return this.db
      .collection(connectionModel)
      .where('organizationId', '==', organizationId)
      .where('active', '==', true);
  }
}
