import { call, join, organizationOf, type Person, person, signIn, team } from '@tests/support/accounts';
import { strFromU8, unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { GET as exportOrganization } from '@/app/api/organizations/[orgId]/export/route';
import { GET as listMembers } from '@/app/api/organizations/[orgId]/members/route';
import { POST as restore } from '@/app/api/organizations/[orgId]/restore/route';
import {
  PATCH as changeOrganization,
  DELETE as deleteOrganization,
  GET as readOrganization,
} from '@/app/api/organizations/[orgId]/route';
import { GET as exportMe } from '@/app/api/users/me/export/route';
import { DELETE as closeAccount, GET as me } from '@/app/api/users/me/route';
import { outboxModel } from '@/core/events/outbox';
import type { RouteHandler } from '@/core/http/route-definition';
import { singleton } from '@/core/singletons';
import { FixedClock } from '@/core/time/clock';
import type { MediaStore } from '@/features/content/media-store';
import { OrganizationLifecycle } from '@/features/organizations/lifecycle';
import { memberModel, organizationModel } from '@/features/organizations/schema';
import { TENANT_COLLECTIONS } from '@/features/organizations/tenant.data';
import { AccountService } from '@/features/users/account';
import { userModel } from '@/features/users/schema';
import { core } from '@/server/core';

const at = (organizationId: string, rest = '') => `/api/organizations/${organizationId}${rest}`;
const DAY = 86_400_000;

/** As the daily maintenance runs it, some days later. */
function lifecycleIn(days: number): OrganizationLifecycle {
  const { deps, tenant, media } = OrganizationLifecycle.getInstance();
  return new OrganizationLifecycle(
    { ...deps, clock: new FixedClock(new Date(Date.now() + days * DAY)) },
    tenant,
    media,
  );
}
const far = () => new Date(Date.now() + 1000 * DAY);

async function seed(organizationId: string, collection: string, count: number): Promise<void> {
  const batch = core.db.batch();
  for (let n = 0; n < count; n += 1) {
    batch.set(core.db.firestore.collection(collection).doc(), { organizationId, n, secretHash: 'hidden' });
  }
  await batch.commit();
}
const countOf = async (organizationId: string, collection: string) =>
  core.db.count(core.db.firestore.collection(collection).where('organizationId', '==', organizationId));

async function deleted() {
  const made = await team({ ada: 'admin', ann: 'member' }, { name: 'Doomed' });
  const path = at(made.organizationId);
  const answer = await call<{ purgeAt: string }>(deleteOrganization, {
    path,
    as: made.owner,
    body: { confirmName: 'Doomed' },
  });
  return { ...made, path, answer };
}

describe('deleting an organisation', () => {
  it('needs its owner, and its name typed exactly', async () => {
    const { organizationId, owner, ada } = await team({ ada: 'admin' }, { name: 'Doomed' });
    const path = at(organizationId);
    const attempt = (as: typeof owner, confirmName: string) =>
      call(deleteOrganization, { path, as, body: { confirmName } });
    expect((await attempt(ada, 'Doomed')).status).toBe(403);
    const slip = await attempt(owner, 'doomed');
    expect([slip.status, (slip.json.errors as { path: string }[])[0]?.path]).toEqual([
      400,
      'body.confirmName',
    ]);
    expect((await core.db.get(core.db.doc(organizationModel, organizationId)))?.deletion).toBeNull();
  });

  it('gives thirty days in which people may look, and nothing else', async () => {
    const { path, answer, owner, ada, organizationId } = await deleted();
    expect(Math.round((Date.parse(answer.json.purgeAt) - Date.now()) / DAY)).toBe(30);
    expect((await call(readOrganization, { path, as: ada })).json).toMatchObject({
      deletion: { purgeAt: answer.json.purgeAt },
      permissions: ['organization.read', 'members.read'],
    });
    expect((await call(listMembers, { path: at(organizationId, '/members'), as: ada })).status).toBe(200);
    expect((await call(changeOrganization, { path, as: owner, body: { name: 'X' } })).status).toBe(403);
    await lifecycleIn(29).purgeDue(far());
    expect(await core.db.get(core.db.doc(organizationModel, organizationId))).not.toBeNull();
  });

  it('can be taken back by its owner', async () => {
    const { path, owner, ada, organizationId } = await deleted();
    const bring = (as: typeof owner) => call(restore, { path: at(organizationId, '/restore'), as });
    expect((await bring(ada)).status).toBe(403);
    expect((await bring(owner)).status).toBe(204);
    expect((await bring(owner)).status).toBe(409);
    expect((await call(changeOrganization, { path, as: owner, body: { name: 'Saved' } })).status).toBe(200);
    await lifecycleIn(40).purgeDue(far());
    expect((await call(readOrganization, { path, as: ada })).json.name).toBe('Saved');
  });

  it('removes everything it had, keeps what the books need, and touches nobody else', async () => {
    const { organizationId, ada, path } = await deleted();
    const other = await team();
    await seed(organizationId, 'content_posts', 350);
    await seed(organizationId, 'credentials', 3);
    await seed(organizationId, 'token_purchases', 2);
    const picture = await upload(organizationId, ada.uid, 'a picture');
    await seed(other.organizationId, 'content_posts', 2);
    await lifecycleIn(31).purgeDue(far());
    for (const { name } of TENANT_COLLECTIONS.filter((one) => !one.kept && !one.group)) {
      expect([name, await countOf(organizationId, name)]).toEqual([name, 0]);
    }
    expect(await core.db.get(core.db.doc(organizationModel, organizationId))).toBeNull();
    expect(await core.db.get(core.db.doc(memberModel, ada.uid, { orgId: organizationId }))).toBeNull();
    const file = singleton<MediaStore>('MediaStore').open(`${organizationId}/${picture}/original.txt`);
    await expect(file).rejects.toMatchObject({ code: 'not_found' });
    expect(await countOf(organizationId, 'token_purchases')).toBe(2);
    expect(await countOf(organizationId, 'audit_log')).toBeGreaterThan(0);
    expect(await countOf(other.organizationId, 'content_posts')).toBe(2);
    expect((await call(readOrganization, { path, as: ada })).status).toBe(404);
    const events = await core.db.find(
      core.db.collection(outboxModel).where('event', '==', 'organization_purged'),
    );
    expect(events.filter((one) => one.payload.includes(organizationId))).toHaveLength(1);
  });

  it('stops when its time is over and goes on at the next call', async () => {
    const { organizationId } = await deleted();
    await seed(organizationId, 'content_posts', 5);
    const clock = new FixedClock(new Date(Date.now() + 31 * DAY));
    const { deps, tenant, media } = OrganizationLifecycle.getInstance();
    const lifecycle = new OrganizationLifecycle({ ...deps, clock }, tenant, media);
    await lifecycle.purgeDue(clock.now());
    expect(await countOf(organizationId, 'content_posts')).toBe(5);
    await Promise.all([lifecycle.purgeDue(far()), lifecycle.purgeDue(far())]);
    expect(await core.db.get(core.db.doc(organizationModel, organizationId))).toBeNull();
    const events = await core.db.find(
      core.db.collection(outboxModel).where('event', '==', 'organization_purged'),
    );
    expect(events.filter((one) => one.payload.includes(organizationId))).toHaveLength(1);
  });

  it('knows every collection that belongs to an organisation', () => {
    const schemas = import.meta.glob<Record<string, unknown>>('../../src/features/*/*schema.ts', {
      eager: true,
    });
    const listed = new Set(TENANT_COLLECTIONS.map((one) => one.name));
    const missing = Object.values(schemas)
      .flatMap((module) => Object.values(module))
      .filter((value): value is { path: string; schema: { shape: object } } =>
        Boolean(value && typeof value === 'object' && 'path' in value && 'schema' in value),
      )
      .filter((model) => 'organizationId' in model.schema.shape)
      .map((model) => model.path)
      // What lies under the organisation itself goes with it, what lies under a person with them.
      .filter((path) => !path.startsWith('organizations/') && !path.startsWith('users/'))
      .filter((path) => !listed.has(path.split('/').at(-1) ?? ''));
    expect(missing, 'add them to src/features/organizations/tenant.data.ts').toEqual([]);
  });
});

/** A picture of the media library with its file. */
async function upload(organizationId: string, uploadedBy: string, text: string): Promise<string> {
  const { id } = await core.db.firestore.collection('media_assets').add({ organizationId, uploadedBy });
  const storagePath = `${organizationId}/${id}/original.txt`;
  const bytes = new TextEncoder().encode(text);
  await singleton<MediaStore>('MediaStore').putBytes(storagePath, bytes, 'text/plain');
  await core.db.firestore.doc(`media_assets/${id}`).update({ storagePath, bytes: bytes.length });
  return id;
}

async function unzip(handler: RouteHandler, path: string, as: Person) {
  const params = { orgId: path.split('/')[3] };
  const headers = { authorization: `Bearer ${as.idToken}`, 'x-forwarded-for': '10.200.0.1' };
  const response = await handler(new Request(new URL(path, 'http://localhost:3000'), { headers }), {
    params: Promise.resolve(params),
  });
  const files = unzipSync(new Uint8Array(await response.arrayBuffer()));
  const text = (name: string) => (files[name] ? strFromU8(files[name]) : undefined);
  return {
    type: response.headers.get('content-type'),
    names: Object.keys(files).sort(),
    text,
    data: JSON.parse(text('data.json') ?? '{}') as Record<string, Record<string, unknown>[]>,
  };
}

describe('exports', () => {
  it('of an organisation hold all it has, its media too, and no secret', async () => {
    const { organizationId, owner, ann } = await team({ ann: 'member' }, { name: 'Export me' });
    await seed(organizationId, 'content_posts', 320);
    await seed(organizationId, 'credentials', 1);
    await seed(organizationId, 'api_keys', 1);
    const picture = await upload(organizationId, ann.uid, 'a picture');
    const lost = await upload(organizationId, ann.uid, 'soon lost');
    await singleton<MediaStore>('MediaStore').delete(`${organizationId}/${lost}/original.txt`);
    const path = at(organizationId, '/export');
    const { type, names, text, data } = await unzip(exportOrganization, path, owner);
    expect(type).toBe('application/zip');
    expect(data.organization).toMatchObject([{ id: organizationId, profile: { name: 'Export me' } }]);
    expect(data.members).toHaveLength(2);
    expect(data.content_posts).toHaveLength(320);
    expect(data.credentials).toBeUndefined();
    expect(data.api_keys).toEqual([expect.not.objectContaining({ secretHash: 'hidden' })]);
    expect(names).toEqual(['data.json', `media/${picture}.txt`, 'not-included.txt']);
    expect(text(`media/${picture}.txt`)).toBe('a picture');
    expect(text('not-included.txt')).toContain(lost);
    expect((await call(exportOrganization, { path, as: ann })).status).toBe(403);
  });

  it('of a person hold what is theirs, and nothing of others', async () => {
    const someone = await person({ displayName: 'Perla Person' });
    const organizationId = await organizationOf(someone);
    const other = await person();
    await join(organizationId, other, 'member');
    await core.db.firestore.collection('notifications').add({ userId: someone.uid, text: 'mine' });
    await core.db.firestore.collection('notifications').add({ userId: other.uid, text: 'theirs' });
    const mine = await upload(organizationId, someone.uid, 'my picture');
    await upload(organizationId, other.uid, 'their picture');
    const { names, text, data } = await unzip(exportMe, '/api/users/me/export', someone);
    expect(data).toMatchObject({
      account: [{ id: someone.uid, profile: { displayName: 'Perla Person' } }],
      memberships: [{ organizationId, role: 'owner' }],
      notifications: [{ text: 'mine' }],
    });
    expect(names).toEqual(['data.json', `media/${mine}.txt`]);
    expect(text('data.json')).not.toContain(other.uid);
  });
});

describe('closing an account', () => {
  const close = (as: Awaited<ReturnType<typeof person>>, confirmEmail = as.email) =>
    call(closeAccount, { path: '/api/users/me', as, body: { confirmEmail } });

  it('removes the person everywhere, and organisations that were theirs alone', async () => {
    const someone = await person();
    const own = await organizationOf(someone);
    const shared = await team();
    await join(shared.organizationId, someone, 'member');
    await core.db.firestore.collection('notifications').add({ userId: someone.uid });
    await core.db.firestore.collection(`users/${someone.uid}/activities`).add({ type: 'x' });
    expect((await close(someone)).status).toBe(204);
    expect(await core.db.get(core.db.doc(userModel, someone.uid))).toBeNull();
    expect(
      await core.db.get(core.db.doc(memberModel, someone.uid, { orgId: shared.organizationId })),
    ).toBeNull();
    const left = core.db.firestore.collection('notifications').where('userId', '==', someone.uid);
    expect(await core.db.count(left)).toBe(0);
    expect(await core.db.count(core.db.firestore.collection(`users/${someone.uid}/activities`))).toBe(0);
    await expect(signIn(someone.email, someone.password)).rejects.toThrow();
    await expect
      .poll(async () => (await call(me, { path: '/api/users/me', as: someone })).status, { timeout: 8000 })
      .toBe(401);
    await lifecycleIn(0.001).purgeDue(far());
    expect(await core.db.get(core.db.doc(organizationModel, own))).toBeNull();
    expect(await core.db.get(core.db.doc(organizationModel, shared.organizationId))).not.toBeNull();
  });

  it('is refused while an organisation with other members would lose its last owner', async () => {
    const { owner, organizationId } = await team({ ann: 'member' }, { name: 'Orphanage' });
    const answer = await close(owner);
    expect([answer.status, answer.json.organizations]).toEqual([
      409,
      [{ organizationId, name: 'Orphanage' }],
    ]);
    expect(await core.db.get(core.db.doc(userModel, owner.uid))).not.toBeNull();
  });

  it('needs the address typed exactly, and a fresh sign-in', async () => {
    const someone = await person();
    expect((await close(someone, 'other@example.test')).status).toBe(400);
    const { repository, memberships, identity, outbox, media } = AccountService.getInstance();
    const later = new FixedClock(new Date(Date.now() + 20 * 60_000));
    const service = new AccountService(repository, memberships, identity, outbox, later, media);
    const principal = {
      kind: 'user' as const,
      userId: someone.uid,
      email: someone.email,
      emailVerified: true,
      via: 'cookie' as const,
      authTime: Math.floor(Date.now() / 1000),
    };
    await expect(service.close(principal, someone.email)).rejects.toMatchObject({
      code: 'forbidden',
      details: { reason: 'sign_in_again' },
    });
  });
});
