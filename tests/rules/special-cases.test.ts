import { readFileSync } from 'node:fs';
import {
  assertFails,
  assertSucceeds,
  initializeTestEnvironment,
  type RulesTestEnvironment,
} from '@firebase/rules-unit-testing';
import { deleteField, doc, serverTimestamp, setLogLevel, updateDoc } from 'firebase/firestore';
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';

const [host = '127.0.0.1', port = '8080'] = (process.env.FIRESTORE_EMULATOR_HOST ?? '').split(':');
// The SDK logs every refusal; here refusals are the point.
setLogLevel('silent');

let environment: RulesTestEnvironment;
beforeAll(async () => {
  environment = await initializeTestEnvironment({
    projectId: 'demo-irisync-rules-special',
    firestore: { host, port: Number(port), rules: readFileSync('firestore.rules', 'utf8') },
  });
});
afterAll(() => environment.cleanup());

beforeEach(async () => {
  await environment.clearFirestore();
  await environment.withSecurityRulesDisabled(async (context) => {
    const db = context.firestore();
    await db.doc('organizations/o/members/viewer').set({ role: 'viewer', organizationId: 'o' });
    await db.doc('organizations/o/members/author').set({ role: 'member', organizationId: 'o' });
    await db.doc('organizations/o/members/boss').set({ role: 'admin', organizationId: 'o' });
    await db
      .doc('users/viewer')
      .set({ profile: { displayName: 'V' }, subscriptionTier: 'free', settings: { theme: 'light' } });
    await db.doc('notifications/n').set({ userId: 'viewer', title: 'Posted', readAt: null });
    await db.doc('content_posts/draft').set({ organizationId: 'o', authorId: 'author', status: 'draft' });
    await db.doc('content_posts/out').set({ organizationId: 'o', authorId: 'author', status: 'published' });
  });
});

const db = (uid: string) => environment.authenticatedContext(uid).firestore();

describe('users', () => {
  const settings = (value: unknown) =>
    updateDoc(doc(db('viewer'), 'users/viewer'), { settings: value, updatedAt: serverTimestamp() });

  const wanted = { muted: [] as unknown, digest: 'immediate', quietHours: null as unknown };
  const notifications = (over: object) => settings({ theme: 'dark', notifications: { ...wanted, ...over } });

  it('a person changes the theme and notification preferences', async () => {
    await assertSucceeds(notifications({}));
    await assertSucceeds(
      notifications({ muted: ['publishing.failed.email', 'billing.payment_failed.in_app'] }),
    );
    await assertSucceeds(notifications({ digest: 'weekly', quietHours: { from: '22:00', to: '07:30' } }));
  });

  it.each([
    ['no list', { muted: 'publishing.failed.email' }],
    ['numbers', { muted: [1, 2] }],
    ['a map in the list', { muted: [{ a: 1 }] }],
    ['markup', { muted: ['<b>.email'] }],
    ['no channel', { muted: ['publishing'] }],
    ['too many', { muted: Array.from({ length: 201 }, () => 'a.b') }],
    ['another digest', { digest: 'hourly' }],
    ['a missing part', { digest: undefined }],
    ['an unknown part', { more: true }],
    ['half of the quiet hours', { quietHours: { from: '22:00' } }],
    ['a time there is not', { quietHours: { from: '24:00', to: '07:00' } }],
    ['a time as a number', { quietHours: { from: 22, to: 7 } }],
    ['more than the hours', { quietHours: { from: '22:00', to: '07:00', zone: 'UTC' } }],
  ])('preferences with %s are refused', async (_, over) => {
    const all = Object.entries({ ...wanted, ...over }).filter(([, value]) => value !== undefined);
    await assertFails(settings({ theme: 'dark', notifications: Object.fromEntries(all) }));
  });

  it('unknown settings, wrong values and other types are refused', async () => {
    await assertFails(settings({ theme: 'neon', notifications: wanted }));
    await assertFails(settings({ theme: 'dark', notifications: wanted, admin: true }));
    await assertFails(settings({ theme: 'dark' }));
    await assertFails(settings({ notifications: wanted }));
    await assertFails(settings('dark'));
  });

  it('nothing but settings may change, with an honest time', async () => {
    const ref = doc(db('viewer'), 'users/viewer');
    await assertFails(updateDoc(ref, { subscriptionTier: 'enterprise', updatedAt: serverTimestamp() }));
    await assertFails(
      updateDoc(ref, {
        settings: { theme: 'dark', notifications: wanted },
        subscriptionTier: 'enterprise',
        updatedAt: serverTimestamp(),
      }),
    );
    await assertFails(
      updateDoc(ref, {
        settings: { theme: 'dark', notifications: wanted },
        updatedAt: new Date('2020-01-01'),
      }),
    );
    await assertFails(updateDoc(ref, { profile: deleteField(), updatedAt: serverTimestamp() }));
    await assertFails(
      updateDoc(doc(db('author'), 'users/viewer'), {
        settings: { theme: 'dark', notifications: wanted },
        updatedAt: serverTimestamp(),
      }),
    );
  });
});

describe('notifications', () => {
  it('the person marks one read or unread, and changes nothing else', async () => {
    const ref = doc(db('viewer'), 'notifications/n');
    await assertSucceeds(updateDoc(ref, { readAt: serverTimestamp(), updatedAt: serverTimestamp() }));
    await assertSucceeds(updateDoc(ref, { readAt: null, updatedAt: serverTimestamp() }));
    await assertFails(updateDoc(ref, { readAt: new Date('2030-01-01'), updatedAt: serverTimestamp() }));
    await assertFails(
      updateDoc(ref, { title: 'Paid', readAt: serverTimestamp(), updatedAt: serverTimestamp() }),
    );
    await assertFails(updateDoc(ref, { userId: 'author', updatedAt: serverTimestamp() }));
    await assertFails(
      updateDoc(doc(db('boss'), 'notifications/n'), {
        readAt: serverTimestamp(),
        updatedAt: serverTimestamp(),
      }),
    );
  });
});

describe('roles', () => {
  it('a viewer cannot raise its own role or add itself elsewhere', async () => {
    await assertFails(updateDoc(doc(db('viewer'), 'organizations/o/members/viewer'), { role: 'owner' }));
    await assertFails(db('viewer').doc('organizations/other/members/viewer').set({ role: 'owner' }));
    await assertFails(db('boss').doc('organizations/o/members/boss').update({ role: 'owner' }));
  });

  it('guessing ids of another organisation leads nowhere, for members too', async () => {
    await environment.withSecurityRulesDisabled((context) =>
      context
        .firestore()
        .doc('content_posts/theirs')
        .set({ organizationId: 'p', authorId: 'x', status: 'published' }),
    );
    await assertFails(db('boss').doc('content_posts/theirs').get());
    await assertFails(db('boss').doc('organizations/p').get());
    await assertFails(db('boss').doc('organizations/p/members/x').get());
    await assertFails(db('boss').doc('token_balances/org_p').get());
  });
});

describe('drafts', () => {
  it('are read by their author and by admins, not by other members', async () => {
    await assertSucceeds(db('author').doc('content_posts/draft').get());
    await assertSucceeds(db('boss').doc('content_posts/draft').get());
    await assertFails(db('viewer').doc('content_posts/draft').get());
    await assertSucceeds(db('viewer').doc('content_posts/out').get());
  });

  it('what is said about one is read by whoever reads it, not under a post of another organisation', async () => {
    await environment.withSecurityRulesDisabled(async (context) => {
      const said = { organizationId: 'o', text: 'Shorter?' };
      await context.firestore().doc('content_posts/draft/review_comments/c').set(said);
      await context
        .firestore()
        .doc('content_posts/foreign')
        .set({ organizationId: 'p', status: 'published' });
      await context.firestore().doc('content_posts/foreign/review_comments/c').set(said);
    });
    await assertSucceeds(db('author').doc('content_posts/draft/review_comments/c').get());
    await assertSucceeds(db('boss').doc('content_posts/draft/review_comments/c').get());
    await assertFails(db('viewer').doc('content_posts/draft/review_comments/c').get());
    await assertFails(db('boss').doc('content_posts/foreign/review_comments/c').get());
    const listed = (uid: string) =>
      db(uid)
        .collection('content_posts/draft/review_comments')
        .where('organizationId', '==', 'o')
        .limit(50)
        .get();
    await assertSucceeds(listed('author'));
    await assertFails(listed('viewer'));
  });

  it('lists must leave out drafts one may not read', async () => {
    const posts = (uid: string) => db(uid).collection('content_posts').where('organizationId', '==', 'o');
    await assertSucceeds(posts('boss').limit(20).get());
    await assertFails(posts('viewer').limit(20).get());
    await assertSucceeds(posts('author').where('authorId', '==', 'author').limit(20).get());
    await assertSucceeds(posts('viewer').where('status', 'in', ['scheduled', 'published']).limit(20).get());
  });
});
