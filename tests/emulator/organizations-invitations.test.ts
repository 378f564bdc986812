import { randomUUID } from 'node:crypto';
import { call, type Person, person, signIn, team } from '@tests/support/accounts';
import { describe, expect, it } from 'vitest';
import { POST as accept } from '@/app/api/invitations/[token]/accept/route';
import { GET as preview } from '@/app/api/invitations/[token]/route';
import { POST as renew } from '@/app/api/organizations/[orgId]/invitations/[invitationId]/renew/route';
import { DELETE as revoke } from '@/app/api/organizations/[orgId]/invitations/[invitationId]/route';
import { POST as invite, GET as list } from '@/app/api/organizations/[orgId]/invitations/route';
import {
  PATCH as changeMember,
  DELETE as removeMember,
} from '@/app/api/organizations/[orgId]/members/[userId]/route';
import { invitationModel, memberModel } from '@/features/organizations/schema';
import { core } from '@/server/core';

interface Invited {
  id: string;
  link: string;
  status: string;
  email: string;
}

const inviteTo = (organizationId: string, as: Person, body: Record<string, unknown>) =>
  call<Invited>(invite, { path: `/api/organizations/${organizationId}/invitations`, as, body });
const tokenIn = (link: string) => decodeURIComponent(new URL(link).pathname.split('/').at(-1) ?? '');
const acceptAs = (link: string, as?: Person) =>
  call(accept, { path: `/api/invitations/${tokenIn(link)}/accept`, ...(as ? { as } : {}) });
const look = (link: string) => call(preview, { path: `/api/invitations/${tokenIn(link)}` });
const newEmail = () => `guest-${randomUUID()}@example.test`;

describe('invitations', () => {
  it('bring the invited person in, with the role and teams of the invitation, once', async () => {
    const { organizationId, ada } = await team({ ada: 'admin' }, { name: 'Fern & Co' });
    const email = newEmail();
    const made = await inviteTo(organizationId, ada, { email: email.toUpperCase(), role: 'viewer' });
    expect(made.status).toBe(201);
    expect((await look(made.json.link)).json).toEqual({
      organizationName: 'Fern & Co',
      email,
      role: 'viewer',
      invitedByName: 'ada',
      status: 'pending',
      expiresAt: expect.any(String),
    });
    const guest = await person({ email });
    expect((await acceptAs(made.json.link)).status).toBe(401);
    const joined = await acceptAs(made.json.link, guest);
    expect([joined.status, joined.json]).toEqual([200, { organizationId, role: 'viewer' }]);
    // The same person may press the button twice.
    expect((await acceptAs(made.json.link, guest)).status).toBe(200);
    const path = `/api/organizations/${organizationId}/members/${guest.uid}`;
    expect((await call(removeMember, { path, as: ada })).status).toBe(204);
    // But a used link never brings anybody back.
    expect((await acceptAs(made.json.link, guest)).status).toBe(410);
  });

  it('are for the invited address only, and only once it is confirmed', async () => {
    const { organizationId, owner } = await team();
    const email = newEmail();
    const { json } = await inviteTo(organizationId, owner, { email });
    const other = await person();
    const refused = await acceptAs(json.link, other);
    expect([refused.status, String(refused.json.detail)]).toEqual([403, expect.stringContaining(email)]);
    const guest = await person({ email, emailVerified: false });
    const unconfirmed = await acceptAs(json.link, guest);
    expect([unconfirmed.status, unconfirmed.json.reason]).toEqual([403, 'email_not_verified']);
    await core.auth.updateUser(guest.uid, { emailVerified: true });
    const idToken = await signIn(guest.email, guest.password);
    expect((await acceptAs(json.link, { ...guest, idToken })).status).toBe(200);
  });

  it('end after seven days', async () => {
    const { organizationId, owner } = await team();
    const email = newEmail();
    const { json } = await inviteTo(organizationId, owner, { email });
    const ref = core.db.doc(invitationModel, json.id, { orgId: organizationId });
    const stored = await core.db.get(ref);
    const week = (stored?.expiresAt.getTime() ?? 0) - Date.now();
    expect(Math.abs(week - 7 * 86_400_000)).toBeLessThan(60_000);
    await core.db.update(ref, { expiresAt: new Date(Date.now() - 1) });
    expect((await look(json.link)).json.status).toBe('expired');
    expect((await acceptAs(json.link, await person({ email }))).status).toBe(410);
  });

  it('are withdrawn, and renewed with a link that replaces the old one', async () => {
    const { organizationId, owner } = await team();
    const email = newEmail();
    const first = await inviteTo(organizationId, owner, { email });
    const path = `/api/organizations/${organizationId}/invitations/${first.json.id}`;
    const second = await call<Invited>(renew, { path: `${path}/renew`, as: owner });
    const guest = await person({ email });
    expect((await look(first.json.link)).status).toBe(404);
    expect((await acceptAs(first.json.link, guest)).status).toBe(404);
    expect((await call(revoke, { path, as: owner })).status).toBe(204);
    expect((await acceptAs(second.json.link, guest)).status).toBe(410);
    expect((await call(renew, { path: `${path}/renew`, as: owner })).status).toBe(409);
  });

  it('to the same address replace each other', async () => {
    const { organizationId, owner } = await team();
    const email = newEmail();
    const first = await inviteTo(organizationId, owner, { email, role: 'admin' });
    const second = await inviteTo(organizationId, owner, { email, role: 'viewer' });
    const guest = await person({ email });
    expect((await acceptAs(first.json.link, guest)).status).toBe(410);
    expect((await acceptAs(second.json.link, guest)).json.role).toBe('viewer');
    expect((await inviteTo(organizationId, owner, { email })).status).toBe(409);
  });

  it('give no role above that of the person who invites, then or later', async () => {
    const { organizationId, owner, ada } = await team({ ada: 'admin' });
    expect((await inviteTo(organizationId, ada, { email: newEmail(), role: 'owner' })).status).toBe(403);
    const email = newEmail();
    const { json } = await inviteTo(organizationId, ada, { email, role: 'admin' });
    const path = `/api/organizations/${organizationId}/members/${ada.uid}`;
    await call(changeMember, { path, as: owner, body: { role: 'viewer' } });
    expect((await acceptAs(json.link, await person({ email }))).status).toBe(410);
  });

  it('never show the secret again, nor store it', async () => {
    const { organizationId, owner, ann } = await team({ ann: 'member' });
    const { json } = await inviteTo(organizationId, owner, { email: newEmail() });
    const secret = tokenIn(json.link).split('.')[2] ?? '';
    expect(secret).toHaveLength(43);
    const path = `/api/organizations/${organizationId}/invitations`;
    const listed = await call(list, { path, as: owner });
    expect(listed.text).not.toContain(secret);
    expect(listed.text).not.toContain('tokenHash');
    const stored = await core.db.get(core.db.doc(invitationModel, json.id, { orgId: organizationId }));
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect((await call(list, { path, as: ann })).status).toBe(403);
  });

  it('do not exist for a guessed or foreign link', async () => {
    const { organizationId, owner } = await team();
    const { json } = await inviteTo(organizationId, owner, { email: newEmail() });
    const token = tokenIn(json.link);
    const guesses = [
      `${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`,
      'x',
      `${organizationId}.x.${'a'.repeat(43)}`,
    ];
    for (const guess of guesses) {
      const path = `/api/invitations/${encodeURIComponent(guess)}`;
      expect((await call(preview, { path })).status).toBe(404);
    }
    const foreign = await team();
    const path = `/api/organizations/${foreign.organizationId}/invitations/${json.id}`;
    expect((await call(revoke, { path, as: foreign.owner })).status).toBe(404);
  });

  it('stop where the plan has no room', async () => {
    const { organizationId, owner } = await team({}, { tier: 'creator' });
    const answers = [];
    for (let n = 0; n < 3; n += 1) {
      answers.push(await inviteTo(organizationId, owner, { email: newEmail() }));
    }
    expect(answers.map((one) => one.status)).toEqual([201, 201, 403]);
    expect(answers[2]?.json).toMatchObject({ code: 'tier_limit', limit: 3 });
  });

  it('admit no more than the plan has room for when several accept at once', async () => {
    const { organizationId, owner } = await team({}, { tier: 'creator' });
    const guests = await Promise.all([0, 1].map(() => person()));
    const links: string[] = [];
    for (const guest of guests)
      links.push((await inviteTo(organizationId, owner, { email: guest.email })).json.link);
    // Somebody joined on another way meanwhile: one place is left for two links.
    const third = await person();
    const { newMember } = await import('@/features/organizations/service');
    await core.db.create(
      core.db.doc(memberModel, third.uid, { orgId: organizationId }),
      newMember(
        organizationId,
        { userId: third.uid, displayName: 'T', email: third.email, photoURL: null },
        'viewer',
        new Date(),
      ),
    );
    const answers = await Promise.all(guests.map((guest, n) => acceptAs(links[n] ?? '', guest)));
    expect(answers.map((one) => one.status).sort()).toEqual([200, 403]);
  });
});
