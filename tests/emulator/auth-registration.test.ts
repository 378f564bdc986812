import { randomUUID } from 'node:crypto';
import { call, signIn } from '@tests/support/accounts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { POST as login } from '@/app/api/auth/login/route';
import { POST as register } from '@/app/api/auth/register/route';
import { outboxModel } from '@/core/events/outbox';
import { completeRegistration, type NewPerson, type RegistrationDeps } from '@/features/auth/registration';
import { memberModel, organizationModel } from '@/features/organizations/schema';
import { OrganizationService } from '@/features/organizations/service';
import { userModel } from '@/features/users/schema';
import { UserService } from '@/features/users/service';
import { core } from '@/server/core';
import '@/server/services';

const newPerson = (userId: string): NewPerson => ({
  userId,
  email: `${userId}@example.test`.toLowerCase(),
  displayName: 'Rita Register',
  photoURL: null,
  timezone: 'Europe/Vienna',
  locale: 'de',
});

class Crash extends Error {}

/** The steps with their effects, and a power cut before or after the one that is named. */
function cutAt(cut: number, opened: string[]): RegistrationDeps {
  let at = 0;
  const step = async <T>(effect: () => Promise<T>): Promise<T> => {
    if (at++ === cut) throw new Crash();
    const result = await effect();
    if (at++ === cut) throw new Crash();
    return result;
  };
  const accounts = UserService.getInstance();
  const organizations = OrganizationService.getInstance();
  return {
    accounts: {
      ensure: (person) => step(() => accounts.ensure(person)),
      complete: (person, id) => step(() => accounts.complete(person, id)),
    },
    organizations: {
      ensurePersonal: (id, owner, settings) => step(() => organizations.ensurePersonal(id, owner, settings)),
    },
    tokens: { openAccount: (owner) => step(async () => opened.push(owner.userId)) },
    now: () => core.clock.now(),
  };
}

async function stateOf(userId: string) {
  const user = await core.db.get(core.db.doc(userModel, userId));
  const memberships = await core.db.find(core.db.group(memberModel).where('userId', '==', userId));
  const events = (await core.db.find(core.db.collection(outboxModel))).filter(
    (entry) => entry.event === 'user_registered' && entry.payload.includes(userId),
  );
  const organizations = await core.db.find(
    core.db.collection(organizationModel).where('personalOf', '==', userId),
  );
  return { user, memberships, events, organizations };
}

describe('registration', () => {
  it('is complete exactly once, however often and wherever it was cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 4 }), async (cuts) => {
        const person = newPerson(`u${randomUUID().replaceAll('-', '')}`);
        const opened: string[] = [];
        for (const cut of cuts) {
          await completeRegistration(cutAt(cut, opened), person).catch((error) => {
            expect(error).toBeInstanceOf(Crash);
          });
        }
        await completeRegistration(cutAt(-1, opened), person);
        const { user, memberships, events, organizations } = await stateOf(person.userId);
        expect(user?.registeredAt).toBeInstanceOf(Date);
        expect(organizations.map((one) => one.id)).toEqual([user?.defaultOrganizationId]);
        expect(memberships).toMatchObject([
          { organizationId: user?.defaultOrganizationId, role: 'owner', userId: person.userId },
        ]);
        expect(new Set(opened)).toEqual(new Set([person.userId]));
        expect(events).toHaveLength(1);
      }),
      { numRuns: 20, examples: [[[0]], [[1]], [[2]], [[3]], [[4]], [[5]], [[6]], [[7]]] },
    );
  }, 60_000);

  it('is complete once when two sign-ins race', async () => {
    const person = newPerson(`u${randomUUID().replaceAll('-', '')}`);
    const opened: string[] = [];
    await Promise.all([1, 2, 3].map(() => completeRegistration(cutAt(-1, opened), person)));
    const { memberships, events, organizations } = await stateOf(person.userId);
    expect([memberships.length, events.length, organizations.length]).toEqual([1, 1, 1]);
  });

  it('signs somebody up over the API, and refuses the address a second time', async () => {
    const body = {
      email: `New-${randomUUID()}@Example.test`,
      password: 'correct horse battery',
      displayName: '  Nora New ',
      timezone: 'Europe/Berlin',
      locale: 'de',
    };
    const answer = await call(register, { path: '/api/auth/register', body });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      user: { email: body.email.toLowerCase(), displayName: 'Nora New', timezone: 'Europe/Berlin' },
      organizations: [{ name: 'Nora New', role: 'owner', personal: true, tier: 'free' }],
    });
    const again = await call(register, { path: '/api/auth/register', body });
    expect([again.status, again.json.code]).toEqual([409, 'conflict']);
  });

  it('names what is wrong with the input and creates nothing', async () => {
    const email = `bad-${randomUUID()}@example.test`;
    const answer = await call<{ errors: { path: string }[] }>(register, {
      path: '/api/auth/register',
      body: { email, password: 'short', displayName: 'a\u0000b', timezone: 'Mars/Base', admin: true },
    });
    expect(answer.status).toBe(400);
    expect(answer.json.errors.map((fault) => fault.path).sort()).toEqual([
      'body.admin',
      'body.displayName',
      'body.password',
      'body.timezone',
    ]);
    await expect(core.auth.getUserByEmail(email)).rejects.toMatchObject({ code: 'auth/user-not-found' });
  });

  it('is finished at the next sign-in when only the Auth user was made', async () => {
    const email = `half-${randomUUID()}@example.test`;
    const { uid } = await core.auth.createUser({
      email,
      password: 'correct horse',
      displayName: 'Half Done',
    });
    const answer = await call(login, {
      path: '/api/auth/login',
      body: { idToken: await signIn(email, 'correct horse') },
    });
    expect(answer.json).toMatchObject({
      user: { uid, displayName: 'Half Done' },
      organizations: [{ role: 'owner', personal: true }],
    });
    expect((await stateOf(uid)).events).toHaveLength(1);
  });
});
