/** Who is calling, established once per request by the authenticator. */
export interface UserPrincipal {
  kind: 'user';
  userId: string;
  email: string | null;
  emailVerified: boolean;
  /** A cookie travels by itself, so mutations under it check `Origin`; a bearer token does not. */
  via: 'cookie' | 'bearer';
  /** Seconds since the epoch of the sign-in, for actions that demand a fresh one. */
  authTime: number;
}

export interface ApiKeyPrincipal {
  kind: 'apiKey';
  apiKeyId: string;
  /** The member who made the key; the key can do at most what this member may. */
  userId: string;
  organizationId: string;
  /** Permissions granted to the key. */
  scopes: readonly string[];
}

export type Principal = UserPrincipal | ApiKeyPrincipal;

/** A caller inside one organisation: what services take as their first argument. */
export interface Actor<Permission extends string = string> {
  userId: string;
  organizationId: string;
  /** As colleagues know them; for audit entries and authorship. */
  displayName?: string;
  role: 'owner' | 'admin' | 'member' | 'viewer';
  permissions: ReadonlySet<Permission>;
  /** Social channels this member may use; empty means all. */
  channelIds: readonly string[];
  apiKeyId?: string;
}
