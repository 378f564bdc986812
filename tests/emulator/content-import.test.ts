import { call, type Person, team } from '@tests/support/accounts';
import { type Refusal, sandboxChannel } from '@tests/support/content';
import { beforeAll, describe, expect, it } from 'vitest';
import { POST as CREATE_CAMPAIGN } from '@/app/api/campaigns/route';
import { GET as EXPORT } from '@/app/api/posts/export/route';
import { POST as IMPORT } from '@/app/api/posts/import/route';
import type { ImportAnswer } from '@/features/content/import-schema';
import { postModel } from '@/features/content/schema';
import { connectionModel } from '@/features/platforms/schema';
import { core } from '@/server/core';

let organizationId: string;
let owner: Person;
let viewer: Person;
let channel: string;
let handle: string;

beforeAll(async () => {
  ({ organizationId, owner, viewer } = await team({ viewer: 'viewer' }));
  channel = await sandboxChannel(organizationId, owner.uid);
  handle = (await core.db.get(core.db.doc(connectionModel, channel)))?.handle ?? '';
});

const load = (raw: string, query = '', as = owner, type = 'text/csv') =>
  call<ImportAnswer & Refusal>(IMPORT, {
    path: `/api/posts/import${query}`,
    raw,
    as,
    headers: { 'content-type': type },
  });
const posts = async (tag: string) =>
  core.db.find(
    core.db
      .collection(postModel)
      .where('organizationId', '==', organizationId)
      .where('tags', 'array-contains', tag),
  );

/** Every 20th row is bad, each kind of fault in turn. */
const FAULTS = [
  ['sandbox:nobody', 'at', '2031-05-01T09:00', 'Europe/Berlin', '', 'channels'],
  ['@', 'at', '2031-02-30T09:00', 'Europe/Berlin', '', 'local_time'],
  ['@', 'at', '2031-05-01T09:00', 'Europe/Atlantis', '', 'zone'],
  ['@', 'sometimes', '', '', '', 'mode'],
  ['@', 'draft', '', '', 'javascript:alert(1)', 'link'],
] as const;

describe('import', () => {
  it('1 000 rows with 50 bad: exactly those are reported; twice, nothing doubles', {
    timeout: 120_000,
  }, async () => {
    const expected: string[] = [];
    const lines = Array.from({ length: 1_000 }, (_, index) => {
      const text = `"Row ${index}, said ""so"""`;
      if (index % 20 !== 7) return `${text},,draft,,,,bulk`;
      const [at, mode, time, zone, link, column] =
        FAULTS[Math.floor(index / 20) % FAULTS.length] ?? FAULTS[0];
      expected.push(`${index + 2} ${column}`);
      return `${text},${at === '@' ? `sandbox:${handle}` : at},${mode},${time},${zone},${link},bulk`;
    });
    const file = ['text,channels,mode,local_time,zone,link,tags', ...lines].join('\r\n');
    const seen = (answer: { json: ImportAnswer }) =>
      answer.json.errors.map(({ row, column }) => `${row} ${column}`);

    const dry = await load(file, '?dryRun=true');
    expect(dry.status, dry.text).toBe(200);
    expect(seen(dry)).toEqual(expected);
    expect(dry.json).toMatchObject({ rows: 1_000, valid: 950, created: 0, existing: 0 });
    expect(await posts('bulk')).toHaveLength(0);

    const part = await load(file, '?from=2&to=41');
    expect(part.json).toMatchObject({ rows: 40, valid: 38, created: 38 });
    const first = await load(file);
    expect(seen(first)).toEqual(expected);
    expect(first.json).toMatchObject({ rows: 1_000, valid: 950, created: 912, existing: 38 });
    const again = await load(file);
    expect(seen(again)).toEqual(expected);
    expect(again.json).toMatchObject({ created: 0, existing: 950 });
    expect(await posts('bulk')).toHaveLength(950);
  });

  it('plans rows with a time, by the rules of the network, and comes back from the export as it was', async () => {
    await call(CREATE_CAMPAIGN, { path: '/api/campaigns', body: { name: 'Spring, again' }, as: owner });
    const at = `sandbox:${handle},at,2031-05-01 09:00,Europe/Berlin`;
    const head = 'text,channels,mode,local_time,zone,title,link,media,thread,first_comment,tags,campaign';
    const rows = [
      `'=SUM(1),${at},,https://a.example/?q=1,,"Two\n---\nThree",More below,"round, trip","Spring, again"`,
      `"''=quoted",${at},,,,,,round,`,
      `${'x'.repeat(20_000)},${at},,,,,,round,`,
      `"No time to fetch",,draft,,,,,http://127.0.0.1/secret.png,,,round,`,
    ];
    const answer = await load([head, ...rows].join('\n'));
    expect(answer.json.errors.map(({ row, column }) => [row, column])).toEqual([
      [4, 'text'],
      [5, 'media'],
    ]);
    expect(answer.json.created).toBe(2);
    const made = await posts('round');
    expect(made.map((post) => [post.master.text, post.status, post.schedule.localTime]).sort()).toEqual([
      ["'=quoted", 'scheduled', '2031-05-01T09:00'],
      ['=SUM(1)', 'scheduled', '2031-05-01T09:00'],
    ]);
    const out = await call(EXPORT, { path: '/api/posts/export?tag=round', as: owner });
    expect(out.text).not.toMatch(/(^|,)=/m);
    const other = await team();
    const otherChannel = await core.db.get(
      core.db.doc(connectionModel, await sandboxChannel(other.organizationId, other.owner.uid)),
    );
    await call(CREATE_CAMPAIGN, { path: '/api/campaigns', body: { name: 'Spring, again' }, as: other.owner });
    const moved = out.text.replaceAll(handle, otherChannel?.handle ?? '');
    expect((await load(moved, '', other.owner)).json).toMatchObject({ created: 2, errors: [] });
    const back = await call(EXPORT, { path: '/api/posts/export?tag=round', as: other.owner });
    const sorted = (text: string) => text.split('\r\n').sort();
    expect(sorted(back.text)).toEqual(sorted(moved));
  });

  it('refuses what is no table, and whoever may not write', async () => {
    const refused = async (...parts: Parameters<typeof load>) => (await load(...parts)).status;
    expect(await refused('text,colour\na,b')).toBe(400);
    expect(await refused('text\n"open')).toBe(400);
    expect(await refused(`text\n${'a\n'.repeat(1_001)}`)).toBe(413);
    expect(await refused('text\na', '', owner, 'application/json')).toBe(415);
    expect(await refused('text\na', '', viewer)).toBe(403);
    expect((await load('text,mode\na,at,b')).json.errors).toEqual([
      { row: 2, column: '', code: 'cells', message: expect.any(String) },
    ]);
  });
});
