import { call, join, organizationOf, type Person, person, team } from '@tests/support/accounts';
import { describe, expect, it } from 'vitest';
import { POST as leave } from '@/app/api/organizations/[orgId]/leave/route';
import {
  PATCH as changeMember,
  DELETE as removeMember,
} from '@/app/api/organizations/[orgId]/members/[userId]/route';
import { GET as listMembers } from '@/app/api/organizations/[orgId]/members/route';
import { PATCH as changeOrganization, GET as readOrganization } from '@/app/api/organizations/[orgId]/route';
import { POST as transfer } from '@/app/api/organizations/[orgId]/transfer/route';
import { POST as createOrganization, GET as myOrganizations } from '@/app/api/organizations/route';
import { PUT as setDefault } from '@/app/api/users/me/default-organization/route';
import { GET as me } from '@/app/api/users/me/route';
import { outboxModel } from '@/core/events/outbox';
import type { Role } from '@/features/organizations/permissions';
import { memberModel } from '@/features/organizations/schema';
import { core } from '@/server/core';

const at = (organizationId: string, rest = '') => `/api/organizations/${organizationId}${rest}`;
const change = (organizationId: string, as: Person, target: Person, body: unknown) =>
  call(changeMember, { path: at(organizationId, `/members/${target.uid}`), as, body });
const remove = (organizationId: string, as: Person, target: Person) =>
  call(removeMember, { path: at(organizationId, `/members/${target.uid}`), as });
const roleOf = async (organizationId: string, someone: Person): Promise<Role | null> =>
  (await core.db.get(core.db.doc(memberModel, someone.uid, { orgId: organizationId })))?.role ?? null;

describe('organisations', () => {
  it('are created by a person, who owns them and works in them from then on', async () => {
    const someone = await person();
    await organizationOf(someone, { name: 'First' });
    const created = await call<{ id: string }>(createOrganization, {
      path: '/api/organizations',
      as: someone,
      body: { name: ' Second ', timezone: 'Asia/Tokyo' },
    });
    expect(created.status).toBe(201);
    expect(created.json).toMatchObject({
      name: 'Second',
      role: 'owner',
      tier: 'free',
      timezone: 'Asia/Tokyo',
    });
    const mine = await call<{ items: unknown[] }>(myOrganizations, {
      path: '/api/organizations',
      as: someone,
    });
    expect(mine.json.items).toMatchObject([{ name: 'First' }, { name: 'Second' }]);
    expect((await call(me, { path: '/api/users/me', as: someone })).json.defaultOrganizationId).toBe(
      created.json.id,
    );
  });

  it('are created once under one Idempotency-Key', async () => {
    const someone = await person();
    const request = {
      path: '/api/organizations',
      as: someone,
      body: { name: 'Only One' },
      headers: { 'idempotency-key': 'create-1' },
    };
    const [first, second] = [
      await call(createOrganization, request),
      await call(createOrganization, request),
    ];
    expect(second.json.id).toBe(first.json.id);
  });

  it('can be switched between, but only among one’s own', async () => {
    const { organizationId, ann } = await team({ ann: 'member' });
    const foreign = await team();
    const path = '/api/users/me/default-organization';
    const to = (id: string) => call(setDefault, { path, as: ann, body: { organizationId: id } });
    expect((await to(organizationId)).status).toBe(204);
    expect((await to(foreign.organizationId)).status).toBe(404);
    expect((await to('nowhere')).status).toBe(404);
  });

  it('are changed by admins only, with every fault named', async () => {
    const { organizationId, ada, ann } = await team({ ada: 'admin', ann: 'member' });
    const patch = (as: Person, body: unknown) =>
      call(changeOrganization, { path: at(organizationId), as, body });
    expect((await patch(ada, { name: 'Renamed', website: 'https://example.com' })).json).toMatchObject({
      name: 'Renamed',
      website: 'https://example.com',
    });
    expect((await patch(ann, { name: 'Mine' })).status).toBe(403);
    const wrong = await patch(ada, {
      name: '',
      website: 'javascript:alert(1)',
      timezone: 'Nowhere',
      tier: 'enterprise',
    });
    expect(wrong.status).toBe(400);
    expect((wrong.json.errors as { path: string }[]).map((fault) => fault.path).sort()).toEqual([
      'body.name',
      'body.tier',
      'body.timezone',
      'body.website',
    ]);
    expect((await patch(ada, {})).status).toBe(400);
    expect((await call(readOrganization, { path: at(organizationId), as: ann })).json).toMatchObject({
      name: 'Renamed',
      role: 'member',
      tier: 'enterprise',
    });
  });
});

describe('members', () => {
  it('are listed page by page, in alphabetical order', async () => {
    const { organizationId, vic } = await team({ zoe: 'member', ann: 'member', vic: 'viewer' });
    const names: string[] = [];
    let cursor: string | null = '';
    do {
      const path = at(organizationId, `/members?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      const page = await call<{ items: { displayName: string }[]; cursor: string | null }>(listMembers, {
        path,
        as: vic,
      });
      names.push(...page.json.items.map((one) => one.displayName));
      cursor = page.json.cursor;
    } while (cursor);
    expect(names).toEqual(['Olive Owner', 'ann', 'vic', 'zoe']);
    const bad = await call(listMembers, { path: at(organizationId, '/members?cursor=garbage'), as: vic });
    expect([bad.status, (bad.json.errors as { path: string }[])[0]?.path]).toEqual([400, 'query.cursor']);
  });

  it('get a new role, which counts at the very next request', async () => {
    const { organizationId, owner, ann } = await team({ ann: 'member' });
    const rename = () => call(changeOrganization, { path: at(organizationId), as: ann, body: { name: 'X' } });
    expect((await rename()).status).toBe(403);
    expect((await change(organizationId, owner, ann, { role: 'admin' })).json.role).toBe('admin');
    expect((await rename()).status).toBe(200);
  });

  it.each<[Role, Role, Role, number]>([
    ['admin', 'member', 'owner', 403],
    ['admin', 'owner', 'member', 403],
    ['admin', 'member', 'admin', 200],
    ['admin', 'admin', 'viewer', 200],
    ['owner', 'member', 'owner', 200],
    ['owner', 'owner', 'viewer', 200],
    ['member', 'viewer', 'member', 403],
    ['viewer', 'viewer', 'owner', 403],
  ])('as %s, turning a %s into %s answers %i', async (actorRole, targetRole, newRole, status) => {
    const { organizationId, actor, target } = await team({ actor: actorRole, target: targetRole });
    expect((await change(organizationId, actor, target, { role: newRole })).status).toBe(status);
    expect(await roleOf(organizationId, target)).toBe(status === 200 ? newRole : targetRole);
  });

  it('cannot raise themselves', async () => {
    const { organizationId, vic, ada } = await team({ vic: 'viewer', ada: 'admin' });
    expect((await change(organizationId, vic, vic, { role: 'owner' })).status).toBe(403);
    expect((await change(organizationId, ada, ada, { role: 'owner' })).status).toBe(403);
  });

  it('always include an owner', async () => {
    const { organizationId, owner } = await team({ ada: 'admin' });
    expect((await change(organizationId, owner, owner, { role: 'admin' })).status).toBe(409);
    expect((await remove(organizationId, owner, owner)).status).toBe(409);
    expect((await call(leave, { path: at(organizationId, '/leave'), as: owner })).status).toBe(409);
    expect(await roleOf(organizationId, owner)).toBe('owner');
  });

  it('keep one owner when two owners leave at the same moment', async () => {
    const { organizationId, owner, other } = await team({ other: 'owner' });
    const answers = await Promise.all(
      [owner, other].map((as) => call(leave, { path: at(organizationId, '/leave'), as })),
    );
    expect(answers.map((one) => one.status).sort()).toEqual([204, 409]);
  });

  it('are removed, lose access at once, and land in an organisation they still have', async () => {
    const ann = await person();
    const own = await organizationOf(ann);
    const { organizationId, owner, ada } = await team({ ada: 'admin' });
    await join(organizationId, ann, 'member');
    const read = () => call(readOrganization, { path: at(organizationId), as: ann });
    expect((await read()).status).toBe(200);
    expect((await remove(organizationId, ada, owner)).status).toBe(403);
    expect((await remove(organizationId, ada, ann)).status).toBe(204);
    expect((await read()).status).toBe(404);
    expect((await remove(organizationId, ada, ann)).status).toBe(404);
    await expect
      .poll(async () => (await call(me, { path: '/api/users/me', as: ann })).json.defaultOrganizationId)
      .toBe(own);
  });

  it('are strangers to other organisations’ members', async () => {
    const { organizationId, ann } = await team({ ann: 'member' });
    const foreign = await team();
    expect((await change(foreign.organizationId, foreign.owner, ann, { role: 'viewer' })).status).toBe(404);
    expect((await change(organizationId, foreign.owner, ann, { role: 'viewer' })).status).toBe(404);
    expect(await roleOf(organizationId, ann)).toBe('member');
  });

  it('hand the ownership over in one step', async () => {
    const { organizationId, owner, ann, ada } = await team({ ann: 'viewer', ada: 'admin' });
    const give = (as: Person, userId: string) =>
      call(transfer, { path: at(organizationId, '/transfer'), as, body: { userId } });
    expect((await give(ada, ada.uid)).status).toBe(403);
    expect((await give(owner, 'nobody')).status).toBe(404);
    expect((await give(owner, ann.uid)).status).toBe(204);
    expect([await roleOf(organizationId, owner), await roleOf(organizationId, ann)]).toEqual([
      'admin',
      'owner',
    ]);
    expect((await give(owner, owner.uid)).status).toBe(403);
    const events = await core.db.find(
      core.db.collection(outboxModel).where('event', '==', 'ownership_transferred'),
    );
    expect(events.filter((one) => one.payload.includes(organizationId))).toHaveLength(1);
  });
});
