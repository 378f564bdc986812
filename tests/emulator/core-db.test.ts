import { FieldValue, Timestamp } from 'firebase-admin/firestore';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { encodeCursor } from '@/core/db/cursor';
import { type Doc, isAlreadyExists, isMissing, type Tx, type Version } from '@/core/db/db';
import { defineModel } from '@/core/db/model';
import { newContext, runInContext } from '@/core/http/context';
import { randomIds } from '@/core/ids';
import { core } from '@/server/core';

const thing = defineModel(`test_things_${randomIds.next()}`, {
  organizationId: z.string(),
  name: z.string().max(20),
  rank: z.int(),
  at: z.date(),
  nested: z.object({ when: z.date(), list: z.array(z.string()) }).nullable(),
});
const { db } = core;
const at = new Date('2026-03-01T10:00:00.000Z');
const make = (over: Partial<{ name: string; rank: number; at: Date }> = {}) => ({
  organizationId: 'o',
  name: 'n',
  rank: 1,
  at,
  nested: { when: at, list: ['a'] },
  ...over,
});

describe('documents', () => {
  it('come back as they were written, with server timestamps and their id', async () => {
    const ref = db.doc(thing, randomIds.next());
    await db.create(ref, make());
    const read = await db.get(ref);
    expect(read).toMatchObject({ ...make(), id: ref.id });
    expect(Math.abs((read?.createdAt.getTime() ?? 0) - Date.now())).toBeLessThan(60_000);
    const raw = (await db.firestore.doc(ref.path).get()).data();
    expect(raw).not.toHaveProperty('id');
    expect(raw?.at).toBeInstanceOf(Timestamp);
  });

  it('that do not fit the schema are refused on the way in: wrong values, unknown fields', async () => {
    const ref = db.doc(thing, randomIds.next());
    await expect(db.create(ref, make({ name: 'x'.repeat(21) }))).rejects.toThrow();
    await expect(db.create(ref, { ...make(), surprise: 1 } as never)).rejects.toThrow(/surprise/);
    await expect(db.update(ref, { surprise: 1 } as never)).rejects.toThrow(/no field surprise/);
    await expect(db.update(ref, { rank: 'high' } as never)).rejects.toThrow();
    expect(await db.get(ref)).toBeNull();
  });

  it('a patch checks values, lets sentinels through and moves updatedAt', async () => {
    const ref = db.doc(thing, randomIds.next());
    await db.create(ref, make());
    const before = await db.get(ref);
    await db.update(ref, { rank: FieldValue.increment(2), name: 'later', 'nested.list': ['b'] });
    const after = await db.get(ref);
    expect(after).toMatchObject({ rank: 3, name: 'later', nested: { list: ['b'], when: at } });
    expect(after?.createdAt).toEqual(before?.createdAt);
    expect(after?.updatedAt.getTime()).toBeGreaterThanOrEqual(before?.updatedAt.getTime() ?? 0);
  });

  it('one bad row never hides the others of a query, but is an error when asked for by name', async () => {
    const organizationId = randomIds.next();
    const good = db.doc(thing, randomIds.next());
    await db.create(good, { ...make(), organizationId });
    const bad = db.firestore.collection(thing.path).doc();
    await bad.set({ organizationId, name: 7 });
    const rows = await db.find(db.collection(thing).where('organizationId', '==', organizationId));
    expect(rows.map((row) => row.id)).toEqual([good.id]);
    await expect(db.get(db.doc(thing, bad.id))).rejects.toMatchObject({ code: 'internal' });
  });

  it('create fails on what is there, update on what is not, and says which', async () => {
    const ref = db.doc(thing, randomIds.next());
    await db.create(ref, make());
    expect(isAlreadyExists(await db.create(ref, make()).catch((error: unknown) => error))).toBe(true);
    const gone = db.doc(thing, randomIds.next());
    expect(isMissing(await db.update(gone, { rank: 1 }).catch((error: unknown) => error))).toBe(true);
  });

  it.each(['a/b', '..', '__x__', ''])('an id nobody could have made (%j) is simply not found', async (id) => {
    expect(await db.get(db.doc(thing, id))).toBeNull();
  });
});

describe('pages', () => {
  it('visit every row once, in order, through ties, while rows are added', async () => {
    const organizationId = randomIds.next();
    // Seven share one time: the id has to break the tie.
    for (let index = 0; index < 12; index += 1) {
      const when = index < 7 ? at : new Date(at.getTime() + index * 1000);
      await db.create(db.doc(thing, randomIds.next()), {
        ...make({ rank: index, at: when }),
        organizationId,
      });
    }
    const query = db.collection(thing).where('organizationId', '==', organizationId);
    const seen: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await db.page(query, { limit: 5, ...(cursor ? { cursor } : {}) }, { field: 'at' });
      seen.push(...page.items.map((row) => row.rank));
      cursor = page.cursor ?? undefined;
      await db.create(db.doc(thing, randomIds.next()), {
        ...make({ rank: 99, at: new Date() }),
        organizationId,
      });
    } while (cursor);
    expect(seen).toHaveLength(12);
    expect(new Set(seen).size).toBe(12);
    const scanned: number[] = [];
    for await (const row of db.scan(query, { field: 'at', direction: 'asc' }, 4)) scanned.push(row.rank);
    expect(scanned).toHaveLength(15);
  });

  it.each(['garbage', Buffer.from('[1]').toString('base64url'), encodeCursor({} as never, 'x'), ''])(
    'refuse the cursor %j',
    async (cursor) => {
      const page = db.page(db.collection(thing), { limit: 5, cursor }, { field: 'at' });
      if (cursor === '') await expect(page).resolves.toBeDefined();
      else
        await expect(page).rejects.toMatchObject({
          code: 'validation_failed',
          faults: [{ path: 'query.cursor' }],
        });
    },
  );
});

describe('the read counter', () => {
  it('counts documents as Firestore bills them, per request', async () => {
    const organizationId = randomIds.next();
    const refs = [db.doc(thing, randomIds.next()), db.doc(thing, randomIds.next())];
    for (const ref of refs) await db.create(ref, { ...make(), organizationId });
    const context = newContext('r');
    await runInContext(context, async () => {
      await db.getAll(refs); // 2
      await db.get(db.doc(thing, 'missing')); // 1: a miss is billed
      await db.find(db.collection(thing).where('organizationId', '==', organizationId)); // 2
      await db.find(db.collection(thing).where('organizationId', '==', 'nobody')); // 1: an empty query is billed
      await db.run(async (tx) => {
        const [first] = refs;
        if (!first) throw new Error('no ref');
        await tx.get(first); // 1
        tx.update(first, { rank: 2 });
      });
    });
    expect(context.documentReads).toBe(7);
    expect(context.documentWrites).toBe(1);
  });
});

describe('transactions', () => {
  it('run what follows a commit once, and only when it committed', async () => {
    const ref = db.doc(thing, randomIds.next());
    await db.create(ref, make({ rank: 0 }));
    const committed: string[] = [];
    await Promise.all(
      Array.from({ length: 5 }, (_, index) =>
        db.run(async (tx) => {
          const now = await tx.get(ref);
          tx.update(ref, { rank: (now?.rank ?? 0) + 1 });
          tx.afterCommit(() => committed.push(`done-${index}`));
        }),
      ),
    );
    expect((await db.get(ref))?.rank).toBe(5);
    expect(committed.sort()).toEqual(['done-0', 'done-1', 'done-2', 'done-3', 'done-4']);
    await expect(
      db.run(async (tx) => {
        tx.afterCommit(() => committed.push('never'));
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    expect(committed).not.toContain('never');
  });
});

describe('optimistic transactions', () => {
  it('let exactly one of many change a document it read, and the others decide anew', async () => {
    const ref = db.doc(thing, randomIds.next());
    await db.create(ref, make({ rank: 0 }));
    await Promise.all(
      Array.from({ length: 12 }, () =>
        db.runOptimistic(
          async (tx) => {
            const read = await tx.get(ref);
            tx.update(ref, { rank: (read?.rank ?? 0) + 1 });
          },
          { attempts: 40 },
        ),
      ),
    );
    expect(await db.get(ref)).toMatchObject({ rank: 12 });
  });

  it('write all or nothing, and say so when overtaken', async () => {
    const ref = db.doc(thing, randomIds.next());
    const other = db.doc(thing, randomIds.next());
    await db.create(ref, make());
    const done: string[] = [];
    const overtaken = db.runOptimistic(
      async (tx) => {
        await tx.get(ref);
        tx.create(other, make());
        tx.update(ref, { name: 'late' });
        tx.afterCommit(() => done.push('committed'));
        await db.update(ref, { name: 'faster' });
      },
      { attempts: 2 },
    );
    await expect(overtaken).rejects.toMatchObject({ code: 9 });
    expect(await db.get(ref)).toMatchObject({ name: 'faster' });
    expect(await db.get(other)).toBeNull();
    expect(done).toEqual([]);
  });

  it('hold no lock while they think', async () => {
    const ref = db.doc(thing, randomIds.next());
    await db.create(ref, make());
    let wake: () => void = () => undefined;
    const thinking = db.runOptimistic(async (tx) => {
      await tx.get(ref);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    });
    const started = Date.now();
    await db.run(async (tx) => {
      await tx.get(ref);
      tx.update(ref, { name: 'unhindered' });
    });
    expect(Date.now() - started).toBeLessThan(1_000);
    wake();
    await thinking;
  });

  it('spare reading what this process wrote last, and still find that somebody else wrote it since', async () => {
    const ref = db.doc(thing, randomIds.next());
    await db.create(ref, make({ rank: 0 }));
    const context = newContext('req_assumed');
    const write = async (rank: number, known: Version<Doc<typeof thing>> | null) => {
      const work = async (tx: Tx) => {
        const data = known ? tx.assume(ref, known) : await tx.get(ref);
        if (!data) throw new Error('It is there.');
        tx.update(ref, { rank });
        return () => ({ data: { ...data, rank }, updateTime: tx.writtenAt(ref) }) as Version<typeof data>;
      };
      return (await runInContext(context, () => db.runOptimistic(work, { attempts: 1 })))();
    };
    const first = await write(1, null);
    const second = await write(2, first);
    expect([await db.get(ref), context.documentReads]).toMatchObject([{ rank: 2 }, 1]);
    await expect(write(3, first)).rejects.toMatchObject({ code: 9 });
    await db.update(ref, { name: 'faster' });
    await expect(write(4, second)).rejects.toMatchObject({ code: 9 });
    expect(await db.get(ref)).toMatchObject({ name: 'faster', rank: 2 });
  });

  it('alone may count a document as read that was not', async () => {
    const ref = db.doc(thing, randomIds.next());
    await db.create(ref, make());
    const [known] = await db.getVersions([ref]);
    if (!known) throw new Error('It is there.');
    await expect(db.run(async (tx) => tx.assume(ref, known))).rejects.toThrow('holds locks');
  });

  it('count what they read and write, several writes of one document included', async () => {
    const ref = db.doc(thing, randomIds.next());
    await db.create(ref, make());
    const context = newContext('req_optimistic');
    await runInContext(context, () =>
      db.runOptimistic(async (tx) => {
        await tx.getAll([ref]);
        tx.update(ref, { name: 'one' });
        tx.update(ref, { rank: 7 });
      }),
    );
    expect(await db.get(ref)).toMatchObject({ name: 'one', rank: 7 });
    expect([context.documentReads, context.documentWrites]).toEqual([1, 2]);
  });
});
