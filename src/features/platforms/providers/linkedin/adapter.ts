import 'server-only';
import { z } from 'zod';
import type {
  Authenticated,
  AuthenticationInput,
  AuthorizationRequest,
  AuthorizationStart,
  Configuration,
  ConnectionValidity,
  FreshCredentials,
  PlatformAdapter,
  TokenContext,
} from '@/features/platforms/providers/adapter';
import type { PlatformDependencies } from '@/features/platforms/providers/deps';
import { expectShape, isExternal } from '@/features/platforms/providers/http';
import {
  LinkedInApi,
  organizationFacts,
  organizationResults,
  readMember,
} from '@/features/platforms/providers/linkedin/api';
import { requireScopes, tokenFailure, tokensFrom } from '@/features/platforms/providers/oauth';

const MEMBER_SCOPES = ['openid', 'profile', 'w_member_social'] as const;
/** LinkedIn gives these only to apps it has approved for the Community Management API. */
const ORGANIZATION_SCOPES = [
  'r_organization_social',
  'w_organization_social',
  'rw_organization_admin',
] as const;
/** Comments of an organisation; the same approval gives them. Without them posting works. */
const INBOX_SCOPES = ['r_organization_social_feed', 'w_organization_social_feed'] as const;
/** Roles that may post. @see https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/organization-access-control (checked 2026-11-21) */
const POSTING_ROLES = new Set([
  'ADMINISTRATOR',
  'CONTENT_ADMIN',
  'CONTENT_ADMINISTRATOR',
  'DIRECT_SPONSORED_CONTENT_POSTER',
]);

const grantLife = z.object({ refresh_token_expires_in: z.number().positive().optional() });
const roles = z.object({
  elements: z
    .array(
      z.object({
        organization: z.string().optional(),
        /** Its name in older versions. */
        organizationalTarget: z.string().optional(),
        role: z.string(),
        state: z.string(),
      }),
    )
    .default([]),
});
const ORGANIZATIONS_MAX = 100;

/**
 * Authorization code, without PKCE (LinkedIn has it for native apps only). Refresh tokens are for approved apps; without one the
 * person connects again every 60 days. There is no `revoke`: person and organisations share one token, and ending it would stop
 * the other channels.
 * @see https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow (checked 2026-11-21)
 */
export class LinkedInAdapter implements PlatformAdapter {
  readonly platform = 'linkedin';
  readonly requiredScopes = MEMBER_SCOPES;
  readonly #api: LinkedInApi;

  constructor(readonly deps: PlatformDependencies) {
    this.#api = new LinkedInApi(deps);
  }

  configuration(): Configuration {
    const { LINKEDIN_CLIENT_ID, LINKEDIN_CLIENT_SECRET } = this.deps.env;
    if (LINKEDIN_CLIENT_ID && LINKEDIN_CLIENT_SECRET) return { configured: true };
    return {
      configured: false,
      missing: ['LINKEDIN_CLIENT_ID', 'LINKEDIN_CLIENT_SECRET'],
      how: 'Create an app at linkedin.com/developers with "Share on LinkedIn" and "Sign In with LinkedIn", and set its client id and secret.',
    };
  }

  async authorizationUrl(request: AuthorizationRequest): Promise<AuthorizationStart> {
    const scopes = this.deps.env.LINKEDIN_ORGANIZATIONS
      ? [...MEMBER_SCOPES, ...ORGANIZATION_SCOPES, ...INBOX_SCOPES]
      : MEMBER_SCOPES;
    const url = new URL('/oauth/v2/authorization', this.#api.hosts.auth);
    url.search = new URLSearchParams({
      response_type: 'code',
      client_id: this.deps.env.LINKEDIN_CLIENT_ID ?? '',
      redirect_uri: request.redirectUri,
      scope: scopes.join(' '),
      state: request.state,
    }).toString();
    return { url: url.href, keep: {} };
  }

  async authenticate(input: AuthenticationInput): Promise<Authenticated> {
    if (input.kind !== 'code') throw new Error('LinkedIn connects by authorization code.');
    const credentials = await this.#token(
      { grant_type: 'authorization_code', code: input.code, redirect_uri: input.redirectUri },
      { scopes: MEMBER_SCOPES },
      input.signal,
    );
    requireScopes(this.platform, credentials.scopes, MEMBER_SCOPES);
    const call = { token: credentials.accessToken, signal: input.signal };
    const now = this.deps.clock.now();
    const account = await readMember((path) => this.#api.call('connecting', { ...call, path }), now);
    const mayPost = ORGANIZATION_SCOPES.every((scope) => credentials.scopes.includes(scope));
    const others = mayPost ? await this.#organizations(credentials, call, now) : [];
    return { credentials, account, target: 'profile', others };
  }

  /** Organisations in which the person may post. */
  async #organizations(
    credentials: FreshCredentials,
    call: { token: string; signal: AbortSignal },
    now: Date,
  ): Promise<Authenticated[]> {
    const answer = await this.#api.call('connecting', {
      ...call,
      path: `/rest/organizationAcls?q=roleAssignee&state=APPROVED&count=${ORGANIZATIONS_MAX}`,
    });
    const urns = new Set(
      expectShape(this.platform, roles, answer).elements.flatMap((one) => {
        const urn = one.organization ?? one.organizationalTarget;
        return urn && one.state === 'APPROVED' && POSTING_ROLES.has(one.role) ? [urn] : [];
      }),
    );
    if (urns.size === 0) return [];
    const ids = [...urns].map((urn) => urn.split(':').at(-1) ?? '');
    const named = await this.#api.call('connecting', {
      ...call,
      path: `/rest/organizations?ids=List(${ids.join(',')})`,
    });
    const { results } = expectShape(this.platform, organizationResults, named);
    return [...urns].flatMap((urn): Authenticated[] => {
      const seen = results[urn.split(':').at(-1) ?? ''];
      return seen
        ? [{ credentials, account: organizationFacts(urn, seen, now), target: 'organization' }]
        : [];
    });
  }

  async refreshTokens({ credentials, signal }: TokenContext): Promise<FreshCredentials> {
    return await this.#token(
      { grant_type: 'refresh_token', refresh_token: credentials.refreshToken },
      {
        scopes: credentials.scopes,
        ...(credentials.refreshToken ? { refreshToken: credentials.refreshToken } : {}),
      },
      signal,
    );
  }

  async validateConnection({ channel, credentials, signal }: TokenContext): Promise<ConnectionValidity> {
    try {
      await this.#api.call(channel.connectionId, {
        path: '/v2/userinfo',
        token: credentials.accessToken,
        signal,
      });
      return { valid: true };
    } catch (error) {
      if (isExternal(error, 'auth_expired'))
        return { valid: false, reason: 'LinkedIn no longer accepts this connection.' };
      throw error;
    }
  }

  async #token(
    form: Record<string, string | undefined>,
    known: Parameters<typeof tokensFrom>[3],
    signal: AbortSignal,
  ): Promise<FreshCredentials> {
    try {
      const answer = await this.#api.http.call('token', {
        method: 'POST',
        url: `${this.#api.hosts.auth}/oauth/v2/accessToken`,
        form: {
          ...form,
          client_id: this.deps.env.LINKEDIN_CLIENT_ID,
          client_secret: this.deps.env.LINKEDIN_CLIENT_SECRET,
        },
        signal,
      });
      const now = this.deps.clock.now();
      const { refresh_token_expires_in: life } = grantLife.safeParse(answer.body).data ?? {};
      return {
        ...tokensFrom(this.platform, answer, now, known),
        ...(life ? { grantExpiresAt: new Date(now.getTime() + life * 1000) } : {}),
      };
    } catch (error) {
      // A refresh token that has ended or was withdrawn is called an invalid_request or an invalid_grant.
      throw tokenFailure(
        this.platform,
        error,
        (code) => code === 'invalid_grant' || code === 'invalid_request',
      );
    }
  }
}
