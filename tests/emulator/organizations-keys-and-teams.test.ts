import { call, type Person, team } from '@tests/support/accounts';
import { describe, expect, it } from 'vitest';
import { DELETE as revokeKey } from '@/app/api/organizations/[orgId]/api-keys/[apiKeyId]/route';
import { POST as createKey, GET as listKeys } from '@/app/api/organizations/[orgId]/api-keys/route';
import { POST as invite } from '@/app/api/organizations/[orgId]/invitations/route';
import {
  PATCH as changeMember,
  DELETE as removeMember,
} from '@/app/api/organizations/[orgId]/members/[userId]/route';
import { GET as listMembers } from '@/app/api/organizations/[orgId]/members/route';
import { GET as readOrganization } from '@/app/api/organizations/[orgId]/route';
import {
  PATCH as changeTeam,
  DELETE as deleteTeam,
} from '@/app/api/organizations/[orgId]/teams/[teamId]/route';
import { POST as createTeam, GET as listTeams } from '@/app/api/organizations/[orgId]/teams/route';
import { AccessService } from '@/features/auth/access';
import { apiKeyModel, memberModel } from '@/features/organizations/schema';
import { PlatformService } from '@/features/platforms/service';
import { core } from '@/server/core';

const at = (organizationId: string, rest = '') => `/api/organizations/${organizationId}${rest}`;
const key = (organizationId: string, as: Person, body: Record<string, unknown>) =>
  call<{ id: string; key: string; scopes: string[]; expiresAt: string | null }>(createKey, {
    path: at(organizationId, '/api-keys'),
    as,
    body: { name: 'CI', scopes: ['members.read'], ...body },
  });

describe('API keys', () => {
  it('work at once, are shown once and kept hashed', async () => {
    const { organizationId, ada } = await team({ ada: 'admin' });
    const made = await key(organizationId, ada, { expiresInDays: 30 });
    expect(made.status).toBe(201);
    expect(made.json.key).toMatch(/^irs_[0-9A-Za-z]{20}_[0-9A-Za-z]{43}$/);
    const days = (Date.parse(made.json.expiresAt ?? '') - Date.now()) / 86_400_000;
    expect(Math.round(days)).toBe(30);
    const as = { apiKey: made.json.key };
    expect((await call(listMembers, { path: at(organizationId, '/members'), as })).status).toBe(200);
    expect((await call(readOrganization, { path: at(organizationId), as })).status).toBe(403);
    const listed = await call(listKeys, { path: at(organizationId, '/api-keys'), as: ada });
    expect(listed.json.items).toMatchObject([
      { id: made.json.id, hint: made.json.key.slice(-4), status: 'active' },
    ]);
    expect(listed.text).not.toContain(made.json.key);
    expect(listed.text).not.toContain('secretHash');
    const stored = await core.db.get(core.db.doc(apiKeyModel, made.json.id));
    expect(JSON.stringify(stored)).not.toContain(made.json.key.split('_')[2]);
  });

  it('cannot be given what their maker may not', async () => {
    const { organizationId, ada, ann } = await team({ ada: 'admin', ann: 'member' });
    const wide = await key(organizationId, ada, { scopes: ['members.read', 'billing.manage'] });
    expect([wide.status, (wide.json as unknown as { errors: { path: string }[] }).errors[0]?.path]).toEqual([
      400,
      'body.scopes.1',
    ]);
    expect((await key(organizationId, ann, {})).status).toBe(403);
    for (const body of [{ scopes: [] }, { scopes: ['everything'] }, { expiresInDays: 0 }, { name: '' }]) {
      expect((await key(organizationId, ada, body)).status).toBe(400);
    }
  });

  it('cannot make keys, nor act for their maker beyond the maker’s own role', async () => {
    const { organizationId, owner, ada } = await team({ ada: 'admin' });
    const made = await key(organizationId, ada, { scopes: ['apiKeys.manage', 'members.manage'] });
    const as = { apiKey: made.json.key };
    const more = await call(createKey, {
      path: at(organizationId, '/api-keys'),
      as,
      body: { name: 'child', scopes: ['members.manage'] },
    });
    expect(more.status).toBe(403);
    const asOwner = { email: 'x@example.test', role: 'owner' };
    expect((await call(invite, { path: at(organizationId, '/invitations'), as, body: asOwner })).status).toBe(
      403,
    );
    await call(changeMember, {
      path: at(organizationId, `/members/${ada.uid}`),
      as: owner,
      body: { role: 'viewer' },
    });
    const after = await call(invite, {
      path: at(organizationId, '/invitations'),
      as,
      body: { email: 'y@example.test' },
    });
    expect(after.status).toBe(403);
  });

  it('stop at once when revoked, and when their maker is removed', async () => {
    const { organizationId, owner, ada } = await team({ ada: 'admin' });
    const first = await key(organizationId, ada, {});
    const second = await key(organizationId, ada, {});
    const works = async (text: string) =>
      (await call(listMembers, { path: at(organizationId, '/members'), as: { apiKey: text } })).status;
    expect(await works(first.json.key)).toBe(200);
    const path = at(organizationId, `/api-keys/${first.json.id}`);
    expect((await call(revokeKey, { path, as: owner })).status).toBe(204);
    expect((await call(revokeKey, { path, as: owner })).status).toBe(204);
    expect([await works(first.json.key), await works(second.json.key)]).toEqual([401, 200]);
    await call(removeMember, { path: at(organizationId, `/members/${ada.uid}`), as: owner });
    expect(await works(second.json.key)).toBe(401);
    const foreign = await team();
    const other = at(foreign.organizationId, `/api-keys/${second.json.id}`);
    expect((await call(revokeKey, { path: other, as: foreign.owner })).status).toBe(404);
  });
});

describe('teams', () => {
  interface Team {
    id: string;
    name: string;
    members: Record<string, string>;
    channelIds: string[];
  }
  const create = (organizationId: string, as: Person, body: Record<string, unknown>) =>
    call<Team>(createTeam, { path: at(organizationId, '/teams'), as, body });
  const change = (organizationId: string, as: Person, id: string, body: Record<string, unknown>) =>
    call<Team>(changeTeam, { path: at(organizationId, `/teams/${id}`), as, body });
  const channelsOf = async (organizationId: string, someone: Person) => {
    const principal = {
      kind: 'user',
      userId: someone.uid,
      email: null,
      emailVerified: true,
      via: 'bearer',
      authTime: 0,
    } as const;
    return (await AccessService.getInstance().actor(principal, organizationId))?.channelIds;
  };

  it('give their channels to their members, and take them back', async () => {
    const { organizationId, owner, ada, ann } = await team(
      { ada: 'admin', ann: 'member' },
      { tier: 'enterprise' },
    );
    expect(await channelsOf(organizationId, ann)).toEqual([]);
    const connected = ['one', 'two', 'three', 'four', 'five'].map((handle) =>
      PlatformService.getInstance().connectSandbox(organizationId, owner.uid, handle),
    );
    const [x1 = '', x2 = '', x3 = '', b1 = '', mine = ''] = await Promise.all(connected);
    const social = await create(organizationId, ada, { name: 'Social', channelIds: [x1, x2] });
    expect(social.status).toBe(201);
    const press = await create(organizationId, ada, { name: 'Press', channelIds: [b1] });
    await change(organizationId, ada, social.json.id, {
      members: { [ann.uid]: 'lead', [ada.uid]: 'member' },
    });
    await change(organizationId, ada, press.json.id, { members: { [ann.uid]: 'member' } });
    expect(await channelsOf(organizationId, ann)).toEqual([b1, x1, x2].sort());
    // Who decides about channels is not limited by them.
    expect(await channelsOf(organizationId, ada)).toEqual([]);
    await change(organizationId, ada, social.json.id, { channelIds: [x3] });
    expect(await channelsOf(organizationId, ann)).toEqual([b1, x3].sort());
    const own = { path: at(organizationId, `/members/${ann.uid}`), as: owner, body: { channelIds: [mine] } };
    await call(changeMember, own);
    expect(await channelsOf(organizationId, ann)).toEqual([b1, mine, x3].sort());
    expect(
      (await call(deleteTeam, { path: at(organizationId, `/teams/${social.json.id}`), as: ada })).status,
    ).toBe(204);
    expect(await channelsOf(organizationId, ann)).toEqual([b1, mine].sort());
    const stored = await core.db.get(core.db.doc(memberModel, ann.uid, { orgId: organizationId }));
    expect(stored?.teamIds).toEqual([press.json.id]);
  });

  it('take only channels of their own organisation', async () => {
    const { organizationId, owner, ann } = await team({ ann: 'member' });
    const foreign = await team();
    const theirs = await PlatformService.getInstance().connectSandbox(
      foreign.organizationId,
      foreign.owner.uid,
      'theirs',
    );
    const refused = await create(organizationId, owner, { name: 'Social', channelIds: [theirs] });
    expect(refused).toMatchObject({
      status: 400,
      json: { errors: [{ path: 'body.channelIds.0' }] },
    });
    const made = await create(organizationId, owner, { name: 'Social' });
    expect((await change(organizationId, owner, made.json.id, { channelIds: ['x'] })).status).toBe(400);
    const own = {
      path: at(organizationId, `/members/${ann.uid}`),
      as: owner,
      body: { channelIds: [theirs] },
    };
    expect((await call(changeMember, own)).status).toBe(400);
  });

  it('lose a member who leaves the organisation', async () => {
    const { organizationId, owner, ann } = await team({ ann: 'member' });
    const made = await create(organizationId, owner, { name: 'Social' });
    await change(organizationId, owner, made.json.id, {
      members: { [ann.uid]: 'member', [owner.uid]: 'lead' },
    });
    await call(removeMember, { path: at(organizationId, `/members/${ann.uid}`), as: owner });
    const listed = await call<{ items: Team[] }>(listTeams, {
      path: at(organizationId, '/teams'),
      as: owner,
    });
    expect(listed.json.items).toMatchObject([{ name: 'Social', members: { [owner.uid]: 'lead' } }]);
    expect(Object.keys(listed.json.items[0]?.members ?? {})).toEqual([owner.uid]);
  });

  it('consist of members of the organisation, under a name of their own', async () => {
    const { organizationId, owner, vic } = await team({ vic: 'viewer' });
    const foreign = await team();
    const made = await create(organizationId, owner, { name: 'Social' });
    const stranger = foreign.owner.uid;
    const refused = await change(organizationId, owner, made.json.id, { members: { [stranger]: 'member' } });
    expect([
      refused.status,
      (refused.json as unknown as { errors: { path: string }[] }).errors[0]?.path,
    ]).toEqual([400, `body.members.${stranger}`]);
    expect((await create(organizationId, owner, { name: 'sOCIAL' })).status).toBe(409);
    expect((await create(organizationId, vic, { name: 'Mine' })).status).toBe(403);
    expect((await change(foreign.organizationId, foreign.owner, made.json.id, { name: 'X' })).status).toBe(
      404,
    );
  });
});
