import type { PlatformId, Target } from '@/features/platforms/schema';
import type { AccountFacts, ChannelFacts, Credentials } from './types';

/** Whether the operator has given what this network needs. Absence is a state, not an error. */
export type Configuration =
  | { configured: true }
  | { configured: false; missing: readonly string[]; how: string; code?: 'sandbox_disabled' };

export interface AuthorizationRequest {
  /** Single-use, 256 bits. */
  state: string;
  redirectUri: string;
  /** Instance of a federated network. */
  baseUrl?: string;
  /** PKCE verifier; the adapter sends its S256 challenge where the network supports it. */
  codeVerifier: string;
  /** A handle to prefill. */
  handle?: string;
  signal: AbortSignal;
}

export interface AuthorizationStart {
  url: string;
  /** Kept (encrypted) with the state and handed back in the callback: a per-instance client secret. */
  keep: Readonly<Record<string, string>>;
}

/** Either the network's redirect came back, or a person typed an app password. */
export type AuthenticationInput =
  | {
      kind: 'code';
      code: string;
      redirectUri: string;
      codeVerifier: string;
      baseUrl?: string;
      keep: Readonly<Record<string, string>>;
      signal: AbortSignal;
    }
  | { kind: 'app_password'; handle: string; appPassword: string; baseUrl?: string; signal: AbortSignal };

/** Tokens as the network gave them, before storage gives them a version. */
export type FreshCredentials = Omit<Credentials, 'version'>;

export interface Authenticated {
  credentials: FreshCredentials;
  account: AccountFacts;
  /** What kind of account this is. Absent = a profile. */
  target?: Target['kind'];
  /** Further accounts this consent reaches, each a channel of its own: Pages, organisations. The person chooses among all. */
  others?: readonly Authenticated[];
}

export interface TokenContext {
  channel: ChannelFacts;
  credentials: Credentials;
  signal: AbortSignal;
}

export type ConnectionValidity =
  | { valid: true }
  /** The network definitely refuses the grant. */
  | { valid: false; reason: string };

export interface PlatformAdapter {
  readonly platform: PlatformId;
  /** Scopes without which connecting is refused. */
  readonly requiredScopes: readonly string[];
  configuration(): Configuration;
  /** Absent where the network takes an app password only. */
  authorizationUrl?(request: AuthorizationRequest): Promise<AuthorizationStart>;
  /** Exchanges code or password for tokens and reads who it is. @throws ExternalServiceError */
  authenticate(input: AuthenticationInput): Promise<Authenticated>;
  /**
   * One token call. Keeps the old refresh token when the network sends none.
   * @throws ExternalServiceError `auth_expired` with outcome `rejected` only for `invalid_grant` or its equivalent.
   */
  refreshTokens?(ctx: TokenContext): Promise<FreshCredentials>;
  /** Asks the network whether the grant still stands. @throws ExternalServiceError when it could not be asked. */
  validateConnection(ctx: TokenContext): Promise<ConnectionValidity>;
  /** Best effort at disconnect. @throws ExternalServiceError */
  revoke?(ctx: TokenContext): Promise<void>;
}
