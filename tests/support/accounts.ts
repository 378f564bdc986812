import { randomUUID } from 'node:crypto';
import type { RouteHandler } from '@/core/http/route-definition';
import { singleton } from '@/core/singletons';
import type { CachedDirectory } from '@/features/auth/access-cache';
import type { Role } from '@/features/organizations/permissions';
import { OrganizationRepository } from '@/features/organizations/repository';
import type { Tier } from '@/features/organizations/schema';
import { newMember, OrganizationService } from '@/features/organizations/service';
import { UserRepository } from '@/features/users/repository';
import { DEFAULT_SETTINGS } from '@/features/users/schema';
import { UserService } from '@/features/users/service';
import { core } from '@/server/core';
import '@/server/services';

/**
 * People, organisations and in-process calls for emulator tests.
 *
 * ```ts
 * const { owner, viewer, organizationId } = await team({ viewer: 'viewer' });   // owner is always there
 * const stranger = await person();
 * const answer = await call(POST, { method: 'POST', path: '/api/posts', body: {…}, as: owner, organizationId });
 * expect(answer.status).toBe(201);
 * answer.json        // parsed body (undefined for 204)
 * answer.headers     // Headers
 * ```
 *
 * `as` may be a person (their ID token is sent), `{ apiKey }`, `{ cookie }` or `{ cron: true }`. Every call comes from its own
 * IP address unless `headers` say otherwise, so that limits of unrelated tests never meet.
 * Everything is random: tests of many files share one emulator without seeing each other.
 */
export interface Person {
  uid: string;
  email: string;
  password: string;
  displayName: string;
  /** Firebase ID token, good for an hour. */
  idToken: string;
}

const authHost = () => process.env.FIREBASE_AUTH_EMULATOR_HOST ?? '';

/** Signs in over the Auth emulator's REST API, as a browser would. */
export async function signIn(email: string, password: string): Promise<string> {
  const response = await fetch(
    `http://${authHost()}/identitytoolkit.googleapis.com/v1/accounts:signInWithPassword?key=emulator`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password, returnSecureToken: true }),
    },
  );
  const body = (await response.json()) as { idToken?: string; error?: { message: string } };
  if (!body.idToken) throw new Error(`Sign-in failed: ${body.error?.message}`);
  return body.idToken;
}

/** A signed-in person with an account document and no organisation. */
export async function person(
  options: { displayName?: string; emailVerified?: boolean; email?: string } = {},
): Promise<Person> {
  const email = options.email ?? `p-${randomUUID()}@example.test`;
  const password = `pw-${randomUUID()}`;
  const displayName = options.displayName ?? 'Test Person';
  const { uid } = await core.auth.createUser({
    email,
    password,
    displayName,
    emailVerified: options.emailVerified ?? true,
  });
  await new UserRepository(core.db).createIfMissing(uid, {
    profile: { displayName, email, photoURL: null, timezone: 'UTC', locale: 'en' },
    settings: DEFAULT_SETTINGS,
    defaultOrganizationId: null,
    subscriptionTier: 'free',
    registeredAt: core.clock.now(),
  });
  return { uid, email, password, displayName, idToken: await signIn(email, password) };
}

/** An organisation of this owner, which becomes the owner's default. */
export async function organizationOf(
  owner: Person,
  options: { name?: string; timezone?: string; tier?: Tier } = {},
): Promise<string> {
  const id = await OrganizationService.getInstance().create(
    { userId: owner.uid, displayName: owner.displayName, email: owner.email, photoURL: null },
    {
      name: options.name ?? 'Test Organisation',
      timezone: options.timezone ?? 'UTC',
      locale: 'en',
      tier: options.tier ?? 'enterprise',
    },
  );
  await UserService.getInstance().setDefaultOrganization(owner.uid, id);
  return id;
}

/** Puts a person into an organisation, which becomes their default. */
export async function join(organizationId: string, someone: Person, role: Role): Promise<void> {
  const repository = new OrganizationRepository(core.db);
  await repository.run(async (tx) =>
    repository.addMember(
      tx,
      newMember(
        organizationId,
        { userId: someone.uid, displayName: someone.displayName, email: someone.email, photoURL: null },
        role,
        core.clock.now(),
      ),
    ),
  );
  await singleton<CachedDirectory>('CachedDirectory').forgetMembers(organizationId);
  await UserService.getInstance().setDefaultOrganization(someone.uid, organizationId);
}

/** An organisation with an owner and, by name, more members: `team({ ann: 'admin', vic: 'viewer' })`. */
export async function team<Name extends string = never>(
  roles: Record<Name, Role> = {} as Record<Name, Role>,
  options: { name?: string; timezone?: string; tier?: Tier } = {},
): Promise<{ organizationId: string; owner: Person } & Record<Name, Person>> {
  const owner = await person({ displayName: 'Olive Owner' });
  const organizationId = await organizationOf(owner, options);
  const entries = Object.entries<Role>(roles);
  const members = await Promise.all(
    entries.map(async ([name, role]) => {
      const member = await person({ displayName: name });
      await join(organizationId, member, role);
      return [name, member] as const;
    }),
  );
  return { organizationId, owner, ...Object.fromEntries(members) } as {
    organizationId: string;
    owner: Person;
  } & Record<Name, Person>;
}

export interface CallOptions {
  /** As in the browser's address, with ids filled in: `/api/posts/abc?limit=5`. */
  path: string;
  /** The route's own method unless given. */
  method?: string;
  /** Values of the `[folders]`; read from `path` by the route's definition when left out. */
  params?: Record<string, string>;
  body?: unknown;
  /** Bytes or text sent as they are. */
  raw?: string | Uint8Array<ArrayBuffer>;
  as?: Person | { apiKey: string } | { cookie: string } | { cron: true };
  organizationId?: string;
  headers?: Record<string, string>;
}

export interface Answer<T = Record<string, unknown>> {
  status: number;
  headers: Headers;
  json: T;
  text: string;
}

function credential(as: CallOptions['as']): Record<string, string> {
  if (!as) return {};
  if ('apiKey' in as) return { authorization: `Bearer ${as.apiKey}` };
  if ('cookie' in as) return { cookie: `__session=${as.cookie}` };
  if ('cron' in as) return { authorization: `Bearer ${process.env.CRON_SECRET}` };
  return { authorization: `Bearer ${as.idToken}` };
}

/** Takes `{orgId: 'x'}` out of `/api/organizations/x/members` by the pattern `/api/organizations/[orgId]/members`. */
function paramsOf(pattern: string, pathname: string): Record<string, string | string[]> {
  const names: string[] = [];
  const source = pattern.replaceAll(/\[(\.\.\.)?(\w+)\]/g, (_, rest: string | undefined, name: string) => {
    names.push(rest ? `...${name}` : name);
    return rest ? '(.+)' : '([^/]+)';
  });
  const found = new RegExp(`^${source}$`).exec(pathname);
  if (!found) throw new Error(`${pathname} does not fit ${pattern}.`);
  return Object.fromEntries(
    names.map((name, index) => {
      const value = decodeURIComponent(found[index + 1] ?? '');
      return name.startsWith('...') ? [name.slice(3), value.split('/')] : [name, value];
    }),
  );
}

let calls = 0;

/** Calls a route handler in this process with a real Request. */
export async function call<T = Record<string, unknown>>(
  handler: RouteHandler,
  options: CallOptions,
): Promise<Answer<T>> {
  const url = new URL(options.path, 'http://localhost:3000');
  calls += 1;
  const headers = new Headers({
    'x-forwarded-for': `10.${(process.pid >> 4) & 255}.${(calls >> 8) & 255}.${calls & 255}`,
    origin: 'http://localhost:3000',
    ...(options.body !== undefined ? { 'content-type': 'application/json' } : {}),
    ...credential(options.as),
    ...(options.organizationId ? { 'x-organization-id': options.organizationId } : {}),
  });
  for (const [name, value] of Object.entries(options.headers ?? {})) {
    if (value === '') headers.delete(name);
    else headers.set(name, value);
  }
  const body = options.body !== undefined ? JSON.stringify(options.body) : options.raw;
  const request = new Request(url, {
    method: options.method ?? handler.definition.method,
    headers,
    ...(body !== undefined ? { body } : {}),
  });
  const params = options.params ?? paramsOf(handler.definition.path, url.pathname);
  const response = await handler(request, { params: Promise.resolve(params) });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json') ?? false;
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (isJson && text ? JSON.parse(text) : undefined) as T,
  };
}
