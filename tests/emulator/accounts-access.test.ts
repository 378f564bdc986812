import { call, join, organizationOf, person, signIn, team } from '@tests/support/accounts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hashSecret } from '@/core/crypto/secrets';
import { newApiKey } from '@/features/auth/api-key';
import type { Permission } from '@/features/organizations/permissions';
import { apiKeyModel } from '@/features/organizations/schema';
import { core } from '@/server/core';
import { route } from '@/server/route';

const whoAmI = route(
  {
    method: 'GET',
    path: '/api/organizations/[orgId]/probe',
    summary: 'Probe',
    tag: 'Test',
    auth: 'member',
    permission: 'content.publish',
    params: z.object({ orgId: z.string() }),
    response: z.object({ userId: z.string(), organizationId: z.string(), permissions: z.array(z.string()) }),
    rateLimit: 'read',
  },
  async ({ actor }) => ({ ...actor, permissions: [...actor.permissions] }),
);
const change = route(
  {
    method: 'POST',
    path: '/api/probe',
    summary: 'Probe',
    tag: 'Test',
    auth: 'member',
    permission: 'content.write',
    body: z.strictObject({ name: z.string().min(3), size: z.int() }),
    response: z.object({ ok: z.literal(true) }),
    rateLimit: 'write',
  },
  async () => ({ ok: true as const }),
);
const probe = (organizationId: string) => ({ path: `/api/organizations/${organizationId}/probe` });

async function apiKey(
  organizationId: string,
  createdBy: string,
  options: { scopes?: Permission[]; expiresAt?: Date; revokedAt?: Date } = {},
): Promise<string> {
  const { id, text } = newApiKey(core.ids);
  await core.db.create(core.db.doc(apiKeyModel, id), {
    organizationId,
    name: 'CI',
    createdBy,
    scopes: options.scopes ?? ['content.publish'],
    secretHash: hashSecret(text),
    hint: text.slice(-4),
    expiresAt: options.expiresAt ?? null,
    lastUsedAt: null,
    revokedAt: options.revokedAt ?? null,
  });
  return text;
}

describe('who may call', () => {
  it('knows a member by an ID token, and nobody without one', async () => {
    const { organizationId, owner } = await team();
    const answer = await call(whoAmI, { ...probe(organizationId), as: owner });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ userId: owner.uid, organizationId });
    expect((await call(whoAmI, probe(organizationId))).status).toBe(401);
    expect(
      (await call(whoAmI, { ...probe(organizationId), headers: { authorization: 'Bearer abc' } })).status,
    ).toBe(401);
  });

  it('tells a stranger nothing but 404, and a viewer 403', async () => {
    const { organizationId, viewer } = await team({ viewer: 'viewer' });
    const stranger = await person();
    await organizationOf(stranger);
    const there = await call(whoAmI, { ...probe(organizationId), as: stranger });
    const nowhere = await call(whoAmI, { ...probe('doesNotExist0000000'), as: stranger });
    expect([there.status, nowhere.status]).toEqual([404, 404]);
    expect({ ...there.json, requestId: '' }).toEqual({ ...nowhere.json, requestId: '' });
    expect((await call(whoAmI, { ...probe(organizationId), as: viewer })).status).toBe(403);
  });

  it('acts in the default organisation, or in the one the header names', async () => {
    const { organizationId, ann } = await team({ ann: 'member' });
    const other = await team();
    await join(other.organizationId, ann, 'viewer');
    const body = { name: 'abc', size: 1 };
    expect((await call(change, { path: '/api/probe', as: ann, body })).status).toBe(403);
    expect((await call(change, { path: '/api/probe', as: ann, body, organizationId })).status).toBe(200);
  });

  it('names every fault of wrong input by its path', async () => {
    const { owner } = await team();
    const answer = await call<{ code: string; errors: { path: string }[] }>(change, {
      path: '/api/probe',
      as: owner,
      body: { name: 'x', extra: 1 },
    });
    expect(answer.status).toBe(400);
    expect(answer.json.errors.map((fault) => fault.path).sort()).toEqual([
      'body.extra',
      'body.name',
      'body.size',
    ]);
  });

  it('refuses an ID token from before a sign-out everywhere', async () => {
    const { organizationId, owner } = await team();
    // Firebase counts whole seconds: a token issued in the very second of the revocation stays valid.
    await new Promise((done) => setTimeout(done, 1_100));
    await core.auth.revokeRefreshTokens(owner.uid);
    expect((await call(whoAmI, { ...probe(organizationId), as: owner })).status).toBe(401);
    const idToken = await signIn(owner.email, owner.password);
    expect((await call(whoAmI, { ...probe(organizationId), as: { ...owner, idToken } })).status).toBe(200);
  });
});

describe('API keys', () => {
  it('can do what their scopes and their maker can both do', async () => {
    const { organizationId, owner, viewer } = await team({ viewer: 'viewer' });
    const full = await apiKey(organizationId, owner.uid);
    const allowed = await call(whoAmI, { ...probe(organizationId), as: { apiKey: full } });
    expect(allowed.json).toMatchObject({ userId: owner.uid, permissions: ['content.publish'] });
    const narrow = await apiKey(organizationId, owner.uid, { scopes: ['content.read'] });
    expect((await call(whoAmI, { ...probe(organizationId), as: { apiKey: narrow } })).status).toBe(403);
    const tooWide = await apiKey(organizationId, viewer.uid);
    expect((await call(whoAmI, { ...probe(organizationId), as: { apiKey: tooWide } })).status).toBe(403);
  });

  it('are bound to one organisation', async () => {
    const { organizationId, owner } = await team();
    const other = await organizationOf(owner);
    const key = await apiKey(organizationId, owner.uid);
    expect((await call(whoAmI, { ...probe(other), as: { apiKey: key } })).status).toBe(404);
  });

  it('are refused when revoked, expired, mistyped or orphaned', async () => {
    const { organizationId, owner } = await team();
    const gone = await person();
    const keys = [
      await apiKey(organizationId, owner.uid, { revokedAt: new Date() }),
      await apiKey(organizationId, owner.uid, { expiresAt: new Date(Date.now() - 1) }),
      `${(await apiKey(organizationId, owner.uid)).slice(0, -1)}!`,
      `irs_${'a'.repeat(20)}_${'b'.repeat(43)}`,
    ];
    for (const key of keys) {
      expect((await call(whoAmI, { ...probe(organizationId), as: { apiKey: key } })).status).toBe(401);
    }
    const orphan = await apiKey(organizationId, gone.uid);
    expect((await call(whoAmI, { ...probe(organizationId), as: { apiKey: orphan } })).status).toBe(404);
  });

  it('remember when they were last used', async () => {
    const { organizationId, owner } = await team();
    const key = await apiKey(organizationId, owner.uid);
    await call(whoAmI, { ...probe(organizationId), as: { apiKey: key } });
    const id = key.split('_')[1] ?? '';
    await expect
      .poll(async () => (await core.db.get(core.db.doc(apiKeyModel, id)))?.lastUsedAt)
      .toBeInstanceOf(Date);
  });
});
