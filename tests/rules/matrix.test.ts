import { readFileSync } from 'node:fs';
import {
  assertFails,
  assertSucceeds,
  initializeTestEnvironment,
  type RulesTestContext,
  type RulesTestEnvironment,
} from '@firebase/rules-unit-testing';
import { setLogLevel } from 'firebase/firestore';
import { initializeApp } from 'firebase-admin/app';
import { getFirestore } from 'firebase-admin/firestore';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ACCESS, type Row } from './access-table';

const [host = '127.0.0.1', port = '8080'] = (process.env.FIRESTORE_EMULATOR_HOST ?? '').split(':');
type Query = ReturnType<ReturnType<ReturnType<RulesTestContext['firestore']>['collection']>['limit']>;
const ROLES = ['owner', 'admin', 'member', 'viewer'] as const;
const CALLERS = [...ROLES, 'foreign owner', 'anonymous'] as const;
type Caller = (typeof CALLERS)[number];

const PROJECT = 'demo-irisync-rules';
const ORG = 'org-own';
const FOREIGN = 'org-foreign';
const uidOf = (caller: Caller) => (caller === 'foreign owner' ? 'uid-foreign' : `uid-${caller}`);

// The SDK logs every refusal; here refusals are the point.
setLogLevel('silent');

let environment: RulesTestEnvironment;
beforeAll(async () => {
  environment = await initializeTestEnvironment({
    projectId: PROJECT,
    firestore: { host, port: Number(port), rules: readFileSync('firestore.rules', 'utf8') },
  });
  await environment.clearFirestore();
  for (const role of ROLES)
    await seed(`organizations/${ORG}/members/${uidOf(role)}`, { role, organizationId: ORG });
  await seed(`organizations/${FOREIGN}/members/uid-foreign`, { role: 'owner', organizationId: FOREIGN });
  // What is said about a post is read by whoever reads the post.
  await seed(`content_posts/${ORG}`, { organizationId: ORG, status: 'scheduled', authorId: 'somebody-else' });
});
afterAll(() => environment.cleanup());

/** A fresh client each time: after a refused write the SDK waits before it sends again, which a shared one would pay for. */
function firestoreAs(caller: Caller) {
  const context =
    caller === 'anonymous'
      ? environment.unauthenticatedContext()
      : environment.authenticatedContext(uidOf(caller));
  return context.firestore();
}

/** Documents of one person belong to the member under test, so that "own" means something for every caller. */
function located(row: Row, owner: Caller) {
  const fill = (text: string) => text.replaceAll('{org}', ORG).replaceAll('{user}', uidOf(owner));
  const collection = fill(row.collection);
  const id = row.id ? fill(row.id) : `doc-${uidOf(owner)}`;
  const data = { organizationId: ORG, userId: uidOf(owner), updatedAt: new Date(), ...row.fields };
  return { collection, id, path: `${collection}/${id}`, data };
}

function mayRead(row: Row, caller: Caller, owner: Caller): boolean {
  if (caller === 'anonymous' || caller === 'foreign owner') return row.reader === 'user' && caller === owner;
  if (row.reader === 'server') return false;
  if (row.reader === 'user') return caller === owner;
  if (row.reader === 'admin') return caller === 'owner' || caller === 'admin';
  return true;
}

/** The query a well-behaved client makes: bounded, and filtered to the tenant (a subcollection's path already says it). */
function filtered(query: Query, row: Row, owner: Caller): Query {
  const standard: Record<string, string> = row.collection.includes('/')
    ? {}
    : row.reader === 'user'
      ? { userId: uidOf(owner) }
      : { organizationId: ORG };
  const filters = Object.entries(row.filter ?? standard);
  return filters.reduce(
    (built, [field, value]) => built.where(field, '==', value.replace('{org}', ORG)),
    query,
  );
}

/** The admin SDK is not subject to rules: it prepares what the callers then try to reach. */
const server = getFirestore(initializeApp({ projectId: PROJECT }, PROJECT));
const seed = (path: string, data: object) => server.doc(path).set(data);

describe.each(ACCESS.map((row) => [`${row.collection} (${row.reader})`, row] as const))('%s', (_, row) => {
  for (const caller of CALLERS) {
    const owners: Caller[] =
      row.reader === 'user' && caller !== 'anonymous' ? [caller, 'member'] : ['member'];
    for (const owner of new Set(owners)) {
      it(`${caller} and a document of ${owner === caller ? 'their own' : owner}`, async () => {
        const { collection, id, path, data } = located(row, owner);
        await seed(path, data);
        const db = firestoreAs(caller);
        const allowed = mayRead(row, caller, owner);
        await (allowed ? assertSucceeds : assertFails)(db.doc(path).get());

        const tenant = filtered(db.collection(collection).limit(20), row, owner);
        const listable = allowed && row.list !== false;
        await (listable ? assertSucceeds : assertFails)(tenant.get());

        await assertFails(db.doc(`${collection}/new-${caller.replace(' ', '-')}`).set(data));
        await assertFails(db.doc(path).update({ organizationId: FOREIGN }));
        await assertFails(db.doc(path).update({ anything: 'else' }));
        await assertFails(db.collection(collection).doc(id).delete());
      });
    }
  }

  if (row.list !== false && row.reader !== 'server' && !row.collection.includes('/')) {
    it('a list without the tenant filter, or without a limit, is refused', async () => {
      const { path, data } = located(row, 'owner');
      await seed(path, data);
      const rows = firestoreAs('owner').collection(row.collection);
      const field = row.reader === 'user' ? 'userId' : 'organizationId';
      await seed(`${row.collection}/foreign`, { ...data, organizationId: FOREIGN, userId: 'uid-foreign' });
      await assertFails(rows.limit(20).get());
      await assertFails(rows.where(field, '==', row.reader === 'user' ? uidOf('owner') : ORG).get());
      await assertFails(
        rows
          .where(field, '==', row.reader === 'user' ? 'uid-foreign' : FOREIGN)
          .limit(20)
          .get(),
      );
    });
  }
});

it('the table names every collection that has a rule, and the other way round', () => {
  const rules = readFileSync('firestore.rules', 'utf8');
  const named = new Set(ACCESS.map((row) => row.collection.split('/').at(-1)));
  const matched = [...rules.matchAll(/match \/(\w+)\/\{\w+\} \{/g)]
    .map((found) => found[1])
    .filter((name) => name !== 'databases');
  for (const name of matched) expect(named, `${name} has rules but no row`).toContain(name);
  for (const row of ACCESS) {
    if (row.reader === 'server') continue;
    expect(matched, `${row.collection} has a row but no rule`).toContain(row.collection.split('/').at(-1));
  }
});
