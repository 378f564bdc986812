import 'server-only';
import { LRUCache } from 'lru-cache';
import type { Actor, Principal, UserPrincipal } from '@/core/auth/principal';
import { hashSecret, safeEqual } from '@/core/crypto/secrets';
import { UnauthenticatedError } from '@/core/errors';
import { afterResponse } from '@/core/http/after';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { allowedPermissions, type Permission, type Role } from '@/features/organizations/permissions';
import { parseApiKey } from './api-key';
import { cookieOf, SESSION_COOKIE } from './cookie';
import type { IdentityVerifier } from './identity';

/** What access needs to know of a membership. */
export interface MembershipFacts {
  displayName: string;
  role: Role;
  channelIds: readonly string[];
  /** The organisation waits for its final deletion. */
  deleting: boolean;
}

export interface ApiKeyFacts {
  organizationId: string;
  createdBy: string;
  scopes: readonly Permission[];
  secretHash: string;
  expiresAt: Date | null;
  revokedAt: Date | null;
}

/** Where access reads from; the organisations and users rooms fill it in the composition root. */
export interface AccessDirectory {
  membership(organizationId: string, userId: string): Promise<MembershipFacts | null>;
  defaultOrganization(userId: string): Promise<string | null>;
  apiKey(id: string): Promise<ApiKeyFacts | null>;
  apiKeyUsed(id: string, at: Date): Promise<void>;
}

/** Ids reach here from headers and addresses; what is none cannot name an organisation. */
const ORGANIZATION_ID = /^[\w-]{1,128}$/;

/** Last use is shown to people; to the minute is close enough and keeps a busy key from writing at every call. */
const LAST_USED_STEP_MS = 60_000;

/**
 * Who is calling, and what they may do where. Every route asks here and nowhere else; a request is never authorised in the
 * proxy, in a layout or in a component.
 */
export class AccessService {
  readonly #noted = new LRUCache<string, true>({ max: 10_000, ttl: LAST_USED_STEP_MS });

  static getInstance(): AccessService {
    return singleton<AccessService>('AccessService');
  }

  constructor(
    readonly identity: IdentityVerifier,
    readonly directory: AccessDirectory,
    readonly clock: Clock,
  ) {}

  /**
   * An explicit `Authorization` header wins over the cookie.
   * @returns null when the request carries no credential at all.
   * @throws UnauthenticatedError when it carries one that is wrong, expired or revoked.
   */
  async authenticate(request: Request): Promise<Principal | null> {
    const authorization = request.headers.get('authorization');
    if (authorization) {
      const token = /^Bearer\s+(\S+)$/i.exec(authorization)?.[1];
      if (!token) throw new UnauthenticatedError('Send the credential as "Authorization: Bearer …".');
      if (token.startsWith('irs_')) return this.#fromApiKey(token);
      return this.#person(await this.identity.verifyIdToken(token), 'bearer');
    }
    const cookie = cookieOf(request, SESSION_COOKIE);
    return cookie ? this.fromSessionCookie(cookie) : null;
  }

  /** For server layouts, which hold the cookie but no request. @throws UnauthenticatedError */
  async fromSessionCookie(cookie: string): Promise<UserPrincipal> {
    return this.#person(await this.identity.verifySessionCookie(cookie), 'cookie');
  }

  /**
   * The caller inside one organisation.
   * @param organizationId null means the caller's default organisation, or the one an API key belongs to.
   * @returns null when the caller is no member there: to a stranger the organisation does not exist.
   */
  async actor(principal: Principal, organizationId: string | null): Promise<Actor<Permission> | null> {
    const wanted =
      organizationId ??
      (principal.kind === 'apiKey'
        ? principal.organizationId
        : await this.directory.defaultOrganization(principal.userId));
    if (!wanted || !ORGANIZATION_ID.test(wanted)) return null;
    if (principal.kind === 'apiKey' && principal.organizationId !== wanted) return null;
    const membership = await this.directory.membership(wanted, principal.userId);
    if (!membership) return null;
    const held = allowedPermissions(membership.role, membership.deleting);
    const permissions =
      principal.kind === 'apiKey'
        ? new Set([...held].filter((permission) => principal.scopes.includes(permission)))
        : held;
    return {
      userId: principal.userId,
      organizationId: wanted,
      displayName: membership.displayName,
      role: membership.role,
      permissions,
      channelIds: membership.channelIds,
      ...(principal.kind === 'apiKey' ? { apiKeyId: principal.apiKeyId } : {}),
    };
  }

  #person(token: Awaited<ReturnType<IdentityVerifier['verifyIdToken']>>, via: 'cookie' | 'bearer') {
    return {
      kind: 'user',
      userId: token.uid,
      email: token.email,
      emailVerified: token.emailVerified,
      via,
      authTime: token.authTime,
    } satisfies UserPrincipal;
  }

  async #fromApiKey(text: string): Promise<Principal> {
    const refused = new UnauthenticatedError(
      'This API key is not valid. Create a new one in your organisation.',
    );
    const parts = parseApiKey(text);
    if (!parts) throw refused;
    const key = await this.directory.apiKey(parts.id);
    if (!key || !safeEqual(hashSecret(text), key.secretHash) || key.revokedAt) throw refused;
    const now = this.clock.now();
    if (key.expiresAt && key.expiresAt <= now) {
      throw new UnauthenticatedError('This API key has expired. Create a new one in your organisation.');
    }
    if (!this.#noted.has(parts.id)) {
      this.#noted.set(parts.id, true);
      afterResponse(() => this.directory.apiKeyUsed(parts.id, now));
    }
    return {
      kind: 'apiKey',
      apiKeyId: parts.id,
      userId: key.createdBy,
      organizationId: key.organizationId,
      scopes: key.scopes,
    };
  }
}
