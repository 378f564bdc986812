import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { hashSecret } from '@/core/crypto/secrets';
import { ConflictError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { OrganizationDeps } from './deps';
import type { Permission } from './permissions';
import { MAX_API_KEYS } from './repository';
import { present, requirePerson } from './rules';
import type { ApiKeyView, CreatedApiKeyView } from './schema';
import { toApiKeyView } from './views';

const DAY_MS = 24 * 3600_000;

/** Keys for programs: shown once, kept hashed, scoped to permissions their maker has, expiring. */
export class ApiKeyService {
  static getInstance(): ApiKeyService {
    return singleton<ApiKeyService>('ApiKeyService');
  }

  constructor(
    readonly deps: OrganizationDeps,
    /** How a key looks; access reads it. */
    readonly mint: (ids: Ids) => { id: string; text: string },
  ) {}

  /** Newest first, revoked ones included. */
  async list(organizationId: string): Promise<ApiKeyView[]> {
    const now = this.deps.clock.now();
    return (await this.deps.repository.apiKeys(organizationId)).map((key) => toApiKeyView(key, now));
  }

  /** @throws ValidationError at `body.scopes.<n>` for a permission the maker does not have. */
  async create(
    actor: Actor,
    input: { name: string; scopes: Permission[]; expiresInDays: number | null },
  ): Promise<CreatedApiKeyView> {
    requirePerson(actor);
    const tooWide = input.scopes.findIndex((scope) => !actor.permissions.has(scope));
    if (tooWide >= 0) {
      throw ValidationError.at(`body.scopes.${tooWide}`, 'A key cannot have a permission you do not have.');
    }
    const { repository, ids, clock } = this.deps;
    const { id, text } = this.mint(ids);
    const expiresAt =
      input.expiresInDays === null ? null : new Date(clock.now().getTime() + input.expiresInDays * DAY_MS);
    await repository.run(async (tx) => {
      const live = await repository.liveApiKeys(tx, actor.organizationId);
      if (live.length >= MAX_API_KEYS) {
        throw new ConflictError(`An organisation has at most ${MAX_API_KEYS} keys. Revoke one first.`);
      }
      tx.create(repository.apiKeyRef(id), {
        organizationId: actor.organizationId,
        name: input.name,
        createdBy: actor.userId,
        scopes: input.scopes,
        secretHash: hashSecret(text),
        hint: text.slice(-4),
        expiresAt,
        lastUsedAt: null,
        revokedAt: null,
      });
      this.deps.audit.append(tx, actor, {
        action: 'api_key.created',
        target: { type: 'api_key', id, label: input.name },
        facts: { scopes: input.scopes, expiresAt: expiresAt?.toISOString() ?? null },
      });
    });
    const made = present(await repository.apiKey(id), 'This API key');
    return { ...toApiKeyView(made, clock.now()), key: text };
  }

  /** Stops a key at once. Revoking a revoked one changes nothing. */
  revoke(actor: Actor, id: string): Promise<void> {
    const { repository, access, audit, clock } = this.deps;
    return repository.run(async (tx) => {
      const key = await tx.get(repository.apiKeyRef(id));
      // Somebody else's key does not exist here.
      const own = present(key?.organizationId === actor.organizationId ? key : null, 'This API key');
      if (own.revokedAt) return;
      tx.update(repository.apiKeyRef(id), { revokedAt: clock.now() });
      audit.append(tx, actor, {
        action: 'api_key.revoked',
        target: { type: 'api_key', id, label: own.name },
      });
      tx.afterCommit(() => void access.forgetApiKeys());
    });
  }
}
