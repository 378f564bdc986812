import 'server-only';
import { z } from 'zod';
import { derivedId } from '@/core/crypto/derived-id';
import type { EncryptionService } from '@/core/crypto/encryption';
import type { Authenticated, FreshCredentials } from '@/features/platforms/providers/adapter';
import type { ServerApp, ServerApps } from '@/features/platforms/providers/deps';
import type { Credentials } from '@/features/platforms/providers/types';
import type { PlatformCredential, PlatformRepository } from '@/features/platforms/repository';
import { liveLimitsSchema, type PlatformId, targetSchema } from '@/features/platforms/schema';

const secrets = z.object({
  accessToken: z.string(),
  refreshToken: z.string().optional(),
  grantExpiresAt: z.coerce.date().optional(),
  scopes: z.array(z.string()),
  extra: z.record(z.string(), z.string()),
});

const stateSecrets = z.object({ codeVerifier: z.string(), keep: z.record(z.string(), z.string()) });
export type StateSecrets = z.infer<typeof stateSecrets>;

const heldAccounts = z.array(
  z.object({
    credentials: secrets.extend({ expiresAt: z.coerce.date().optional() }),
    account: z.object({
      accountId: z.string(),
      handle: z.string(),
      displayName: z.string(),
      avatarUrl: z.string().optional(),
      profileUrl: z.string().optional(),
      baseUrl: z.string().optional(),
      limits: liveLimitsSchema,
    }),
    target: targetSchema.shape.kind.optional(),
  }),
);

const serverApp = z.object({ clientId: z.string(), clientSecret: z.string() });

/** Seals and opens what must never lie about in plain text. Every value is bound to its owner. */
export class CredentialVault implements ServerApps {
  constructor(
    readonly encryption: EncryptionService,
    readonly repository: PlatformRepository,
  ) {}

  async seal(platform: PlatformId, organizationId: string, credentials: FreshCredentials): Promise<string> {
    const { accessToken, refreshToken, grantExpiresAt, scopes, extra } = credentials;
    const value = { accessToken, refreshToken, grantExpiresAt, scopes, extra };
    return await this.encryption.encryptJson(value, credentialContext(platform, organizationId));
  }

  async open(credential: PlatformCredential): Promise<Credentials> {
    const context = credentialContext(credential.platform, credential.organizationId);
    const opened = secrets.parse(await this.encryption.decryptJson(credential.payload, context));
    return {
      version: credential.version,
      accessToken: opened.accessToken,
      ...(opened.refreshToken ? { refreshToken: opened.refreshToken } : {}),
      ...(opened.grantExpiresAt ? { grantExpiresAt: opened.grantExpiresAt } : {}),
      ...(credential.expiryTime ? { expiresAt: credential.expiryTime } : {}),
      scopes: opened.scopes,
      extra: opened.extra,
    };
  }

  sealState(platform: PlatformId, organizationId: string, value: StateSecrets): Promise<string> {
    return this.encryption.encryptJson(value, `${credentialContext(platform, organizationId)}_state`);
  }

  async openState(platform: PlatformId, organizationId: string, payload: string): Promise<StateSecrets> {
    const context = `${credentialContext(platform, organizationId)}_state`;
    return stateSecrets.parse(await this.encryption.decryptJson(payload, context));
  }

  sealChoice(
    platform: PlatformId,
    organizationId: string,
    accounts: readonly Authenticated[],
  ): Promise<string> {
    return this.encryption.encryptJson(accounts, `${credentialContext(platform, organizationId)}_choice`);
  }

  async openChoice(platform: PlatformId, organizationId: string, payload: string): Promise<Authenticated[]> {
    const context = `${credentialContext(platform, organizationId)}_choice`;
    const opened = heldAccounts.parse(await this.encryption.decryptJson(payload, context));
    // Absent and undefined are told apart by our types, not by JSON.
    return opened as Authenticated[];
  }

  async get(platform: string, server: string): Promise<ServerApp | null> {
    const { db } = this.repository;
    const stored = await db.get(this.repository.serverAppRef(appId(platform, server)));
    if (!stored) return null;
    return serverApp.parse(
      await this.encryption.decryptJson(stored.payload, serverAppContext(platform, server)),
    );
  }

  async put(platform: string, server: string, app: ServerApp): Promise<void> {
    const payload = await this.encryption.encryptJson(app, serverAppContext(platform, server));
    const ref = this.repository.serverAppRef(appId(platform, server));
    await this.repository.db.set(ref, { kind: 'server_app', platform, server, payload });
  }

  async forget(platform: string, server: string): Promise<void> {
    await this.repository.db.delete(this.repository.serverAppRef(appId(platform, server)));
  }
}

/** What a connection's secret is bound to. */
export function credentialContext(platform: PlatformId, ownerId: string): string {
  return `platform_${platform}_${ownerId}`;
}

/** What our registration at one server is bound to. */
export function serverAppContext(platform: string, server: string): string {
  return `platform_${platform}_server_${server}`;
}

function appId(platform: string, server: string): string {
  return derivedId([platform, server], 32);
}
