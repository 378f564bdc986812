import { join, type Person, team } from '@tests/support/accounts';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AnyRouteDefinition, RouteHandler } from '@/core/http/route-definition';
import { ApiKeyService } from '@/features/organizations/api-keys';
import {
  can,
  PERMISSIONS,
  type Permission,
  permissionsOf,
  ROLES,
  type Role,
} from '@/features/organizations/permissions';
import { memberModel } from '@/features/organizations/schema';
import { core } from '@/server/core';
import '@/server/services';

/**
 * Every route of the product against everybody who may call it, generated from the routes' own definitions. A route added later
 * is in here by itself; one that is not declared through `route()`, names no permission, or is open without being listed
 * below, fails.
 */

/** Open to everybody, on purpose. Adding a line here is a decision. */
const OPEN = new Set([
  'POST /api/auth/register',
  'POST /api/auth/login',
  // The token in the link says who asks.
  'POST /api/notifications/unsubscribe',
  'POST /api/auth/logout',
  'POST /api/auth/magic-link',
  'POST /api/auth/password-reset',
  'POST /api/auth/password-reset/confirm',
  'POST /api/auth/verify-email',
  'POST /api/auth/verify-email/confirm',
  'GET /api/invitations/[token]',
  'GET /api/openapi.json',
  'GET /api/health',
  'GET /api/health/ready',
  // For networks that fetch what is posted: an expiring link nobody can guess.
  'GET /api/media/linked/[token]',
  // The token in the link says which post, and that its owner wants it looked at.
  'GET /api/review/[token]',
  'POST /api/review/[token]',
  'POST /api/review/[token]/unlock',
  'GET /api/review/[token]/media/[mediaId]',
  // Checks its own bearer token.
  'GET /api/metrics',
  // The sandbox network is a network of its own: its feed is public as a real one's is, and refused in production.
  'GET /api/sandbox-network/feed',
  'GET /api/sandbox-network/media/[id]',
  'POST /api/sandbox-network/comments',
]);

/** Receivers of other companies' calls, which verify a signature of their own. */
const RECEIVERS = new Set<string>([
  'POST /api/webhooks/stripe',
  'GET /api/webhooks/[target]/events',
  'POST /api/webhooks/[target]/events',
]);

interface Row {
  file: string;
  method: string;
  handler: RouteHandler;
  definition: AnyRouteDefinition;
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const modules = import.meta.glob<Record<string, unknown>>('../../src/app/api/**/route.ts', { eager: true });
const exported = Object.entries(modules).flatMap(([file, module]) =>
  METHODS.filter((method) => module[method] !== undefined).map((method) => ({
    file: file.replace('../../src/app', ''),
    method,
    handler: module[method] as RouteHandler,
  })),
);
const rows: Row[] = exported.flatMap((row) =>
  row.handler.definition ? [{ ...row, definition: row.handler.definition }] : [],
);
const nameOf = (row: Row) => `${row.method} ${row.definition.path}`;
const withAuth = (...auth: AnyRouteDefinition['auth'][]) =>
  rows.filter((row) => auth.includes(row.definition.auth)).map((row) => [nameOf(row), row] as const);

let calls = 0;
interface Caller {
  bearer?: string;
  organizationId?: string;
}

/** Ids that fit their form and belong to nothing; a body that is JSON and wrong: enough to get past who may, and no further. */
async function knock(
  row: Row,
  caller: Caller,
): Promise<{ status: number; problem: Record<string, unknown> }> {
  const orgId = caller.organizationId ?? 'nowhere';
  const names = [...row.definition.path.matchAll(/\[(?:\.\.\.)?(\w+)\]/g)].map((match) => match[1] ?? '');
  const params = Object.fromEntries(
    names.map((name) => [name, name === 'orgId' ? orgId : 'nothing-of-that-name']),
  );
  const path = row.definition.path.replaceAll(
    /\[(?:\.\.\.)?(\w+)\]/g,
    (_, name: string) => params[name] ?? '',
  );
  const mutating = row.method !== 'GET' && row.method !== 'HEAD';
  calls += 1;
  const request = new Request(new URL(path, 'http://localhost:3000'), {
    method: row.method,
    headers: {
      'x-forwarded-for': `10.9.${(calls >> 8) & 255}.${calls & 255}`,
      ...(caller.bearer ? { authorization: `Bearer ${caller.bearer}` } : {}),
      ...(caller.organizationId ? { 'x-organization-id': caller.organizationId } : {}),
      ...(mutating ? { 'content-type': 'application/json' } : {}),
    },
    ...(mutating ? { body: '{}' } : {}),
  });
  const response = await row.handler(request, { params: Promise.resolve(params) });
  const isProblem = response.headers.get('content-type')?.includes('problem+json') ?? false;
  const problem = isProblem ? ((await response.json()) as Record<string, unknown>) : {};
  if (!isProblem) await response.body?.cancel();
  return { status: response.status, problem };
}

/** Refused for who the caller is, as opposed to what they asked for. */
function refusedByAccess(answer: { status: number; problem: Record<string, unknown> }): boolean {
  const { status, problem } = answer;
  if (status === 401) return true;
  if (status === 403) return problem.permission !== undefined;
  return status === 404 && String(problem.detail).startsWith('This organisation ');
}

let organizationId = '';
let members: Record<Role, Person>;
let stranger: Person;

/** Some routes end the caller's own membership; each call starts with it restored. */
async function restore(role: Role): Promise<void> {
  const someone = members[role];
  const ref = core.db.doc(memberModel, someone.uid, { orgId: organizationId });
  const known = await core.db.get(ref);
  if (!known) await join(organizationId, someone, role);
  else if (known.role !== role) await core.db.update(ref, { role });
}

async function keyWith(scopes: Permission[]): Promise<string> {
  const actor = {
    userId: members.owner.uid,
    organizationId,
    role: 'owner' as const,
    permissions: permissionsOf('owner'),
    channelIds: [],
  };
  return (await ApiKeyService.getInstance().create(actor, { name: 'Matrix', scopes, expiresInDays: 1 })).key;
}

beforeAll(async () => {
  const made = await team({ admin: 'admin', member: 'member', viewer: 'viewer' });
  organizationId = made.organizationId;
  members = { owner: made.owner, admin: made.admin, member: made.member, viewer: made.viewer };
  stranger = (await team()).owner;
});

describe('every route', () => {
  it('is declared through route()', () => {
    expect(
      exported.filter((row) => !row.handler.definition).map((row) => `${row.method} ${row.file}`),
    ).toEqual([]);
    expect(rows.length).toBeGreaterThan(30);
  });

  it('says the path and method it lies at', () => {
    for (const row of rows) {
      expect(`${row.definition.method} ${row.definition.path}`).toBe(
        `${row.method} ${row.file.replace(/\/route\.ts$/, '')}`,
      );
    }
  });

  it('that anybody may call is listed here', () => {
    expect(new Set(withAuth('public').map(([name]) => name))).toEqual(OPEN);
  });

  it('that other companies call is listed here', () => {
    expect(new Set(withAuth('webhook').map(([name]) => name))).toEqual(RECEIVERS);
  });

  it('for members names a permission that exists', () => {
    for (const [name, row] of withAuth('member', 'apiKey')) {
      expect(PERMISSIONS, name).toContain(row.definition.permission);
    }
  });
});

describe('routes for members', () => {
  const table = withAuth('member');

  it.each(table)('%s is closed to people who are not signed in', async (_, row) => {
    expect((await knock(row, { organizationId })).status).toBe(401);
  });

  it.each(table)('%s does not exist for members of another organisation', async (_, row) => {
    const answer = await knock(row, { bearer: stranger.idToken, organizationId });
    expect([answer.status, answer.problem.code]).toEqual([404, 'not_found']);
  });

  describe.each(ROLES)('as %s', (role) => {
    it.each(table)('%s', async (_, row) => {
      await restore(role);
      const permission = row.definition.permission as Permission;
      const answer = await knock(row, { bearer: members[role].idToken, organizationId });
      if (can(role, permission)) {
        expect(refusedByAccess(answer), JSON.stringify(answer)).toBe(false);
      } else {
        expect([answer.status, answer.problem.permission]).toEqual([403, permission]);
      }
    });
  });

  it('are closed to an API key without the scope, although its maker may', async () => {
    const key = await keyWith(['organization.read']);
    for (const [name, row] of table) {
      if (row.definition.permission === 'organization.read') continue;
      const answer = await knock(row, { bearer: key, organizationId });
      expect([name, answer.status, answer.problem.permission]).toEqual([
        name,
        403,
        row.definition.permission,
      ]);
    }
  });
});

describe('routes for people', () => {
  const table = withAuth('user');

  it.each(table)('%s needs a person, and not a key', async (_, row) => {
    expect((await knock(row, {})).status).toBe(401);
    expect((await knock(row, { bearer: await keyWith(['organization.read']) })).status).toBe(403);
    expect(refusedByAccess(await knock(row, { bearer: members.viewer.idToken }))).toBe(false);
  });
});

describe('routes for schedulers', () => {
  it.each(withAuth('cron'))('%s needs the cron secret', async (_, row) => {
    expect((await knock(row, {})).status).toBe(401);
    expect((await knock(row, { bearer: members.owner.idToken })).status).toBe(401);
    expect((await knock(row, { bearer: `${process.env.CRON_SECRET}x` })).status).toBe(401);
  });
});
