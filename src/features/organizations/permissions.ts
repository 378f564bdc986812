/**
 * The one table from role to permissions, used by the API, the UI and the tests. A permission is `resource.verb`.
 * Adding one: name it here, give it to roles, and ask for it in the route's definition.
 */

export const ROLES = ['owner', 'admin', 'member', 'viewer'] as const;
export type Role = (typeof ROLES)[number];

const VIEWER = [
  'organization.read',
  'members.read',
  'teams.read',
  'content.read',
  'media.read',
  'channels.read',
  'analytics.read',
  'dashboard.read',
  'tokens.read',
  'ai.read',
  'integrations.read',
  'crm.read',
] as const;

const MEMBER = [
  'content.write',
  'content.publish',
  'media.write',
  'dashboard.write',
  'ai.use',
  'crm.write',
] as const;

const ADMIN = [
  'organization.manage',
  'members.manage',
  'teams.manage',
  'channels.manage',
  'content.approve',
  'content.manage',
  'ai.manage',
  'apiKeys.manage',
  'webhooks.manage',
  'integrations.manage',
  'audit.read',
] as const;

const OWNER = ['billing.manage', 'organization.delete', 'organization.transfer'] as const;

export const ROLE_PERMISSIONS = {
  viewer: VIEWER,
  member: [...VIEWER, ...MEMBER],
  admin: [...VIEWER, ...MEMBER, ...ADMIN],
  owner: [...VIEWER, ...MEMBER, ...ADMIN, ...OWNER],
} as const satisfies Record<Role, readonly string[]>;

export type Permission = (typeof ROLE_PERMISSIONS)['owner'][number];

export const PERMISSIONS: readonly Permission[] = ROLE_PERMISSIONS.owner;

const SETS: Record<Role, ReadonlySet<Permission>> = {
  viewer: new Set(ROLE_PERMISSIONS.viewer),
  member: new Set(ROLE_PERMISSIONS.member),
  admin: new Set(ROLE_PERMISSIONS.admin),
  owner: new Set(ROLE_PERMISSIONS.owner),
};

export function permissionsOf(role: Role): ReadonlySet<Permission> {
  return SETS[role];
}

export function can(role: Role, permission: Permission): boolean {
  return SETS[role].has(permission);
}

/** While an organisation waits for its deletion, people may look at it, export it, and its owners may bring it back. */
const WHILE_DELETING: ReadonlySet<Permission> = new Set([
  'organization.read',
  'members.read',
  'organization.delete',
]);

/** What a role may do right now. */
export function allowedPermissions(role: Role, deleting: boolean): ReadonlySet<Permission> {
  if (!deleting) return SETS[role];
  return new Set([...SETS[role]].filter((permission) => WHILE_DELETING.has(permission)));
}

const RANK: Record<Role, number> = { viewer: 0, member: 1, admin: 2, owner: 3 };

/** Nobody may give a role above their own, nor change somebody who stands above them. */
export function outranks(actor: Role, other: Role): boolean {
  return RANK[actor] >= RANK[other];
}
