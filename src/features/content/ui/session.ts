/** Who works, and where; handed in by the page, which knows the session. */
export interface ContentSession {
  organizationId: string;
  userId: string;
  permissions: readonly string[];
}

export function may(session: ContentSession, permission: string): boolean {
  return session.permissions.includes(permission);
}
