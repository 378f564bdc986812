import { FakeGoogleSheets } from '@tests/fakes/google-sheets';
import { vendorAdapter, vendorSession } from '@tests/support/vendor-adapter';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FixedClock } from '@/core/time/clock';
import { settingsSchemaOf } from '@/features/integrations/connections/settings';
import type { IntegrationAdapter } from '@/features/integrations/providers/types';

const clock = new FixedClock('2026-11-21T10:00:00Z');
const fake = new FakeGoogleSheets(clock);
const spreadsheetId = 's'.repeat(30);
let adapter: IntegrationAdapter;

beforeAll(async () => {
  await fake.start();
  adapter = vendorAdapter('google_sheets', clock, fake.env());
});
afterAll(() => fake.stop());
afterEach(() => {
  fake.calm();
  fake.spreadsheets.clear();
});

function sessionFor(settings: object) {
  const { accessToken, refreshToken = null } = fake.oauth.issue('');
  const secret = { type: 'oauth2' as const, grant: 'code' as const, accessToken, refreshToken, scopes: [] };
  return vendorSession(adapter, secret, { spreadsheetId, ...settings }).session;
}
const all = async (settings: object) =>
  (await adapter.fetchAll(sessionFor(settings), 'row', null, [])).records;

describe('Google Sheets', () => {
  it('reads rows by the names in the header, whatever they are, and passes over empty ones', async () => {
    fake.addTab(spreadsheetId, "It's ours", [
      ['ignored'],
      ['', 'Name', 'Name', '__proto__', 'Paid'],
      ['x', 'Ann', 'Ito', 7, true],
      ['', '', ''],
      ['', 'Bob'],
    ]);
    const records = await all({ range: "'It''s ours'!A2:F" });
    expect(records.map(({ externalId }) => externalId)).toEqual([
      `${spreadsheetId}/It's ours!3`,
      `${spreadsheetId}/It's ours!5`,
    ]);
    expect(records[0]?.data).toEqual({
      ...{ row: 3, title: 'x' },
      cells: { A: 'x', Name: 'Ann', 'Name (C)': 'Ito', proto: 7, Paid: true },
    });
    expect(records[1]?.data.cells).toEqual({ Name: 'Bob' });
    const described = await adapter.describeEntity(sessionFor({ range: "'It''s ours'!A2:F" }), 'row');
    expect(described.map(({ name }) => name)).toContain('cells.Name (C)');
  });

  it('knows a row by its key column wherever it stands, and by its number without one', async () => {
    const { rows } = fake.addTab(spreadsheetId, 'Contacts', [
      ['Email', 'Name'],
      ['ann@x.test', 'Ann'],
    ]);
    const keyed = { range: 'A:B', keyColumn: 'Email' };
    const [before] = await all(keyed);
    rows.splice(1, 0, ['bob@x.test', 'Bob'], ['', 'Nobody']);
    const after = await all(keyed);
    expect(after.map(({ externalId }) => externalId)).toEqual([
      `${spreadsheetId}/Contacts=bob@x.test`,
      `${spreadsheetId}/Contacts!3`,
      before?.externalId,
    ]);
    const ids = [before?.externalId ?? '', `${spreadsheetId}/Contacts=gone`, 'elsewhere/Contacts!2'];
    const found = await adapter.fetchByIds(sessionFor(keyed), 'row', ids, []);
    expect(found.map(({ externalId }) => externalId)).toEqual([before?.externalId]);
  });

  it('reads nothing where nothing is chosen, and says what it cannot find', async () => {
    expect(await all({ spreadsheetId: '' })).toEqual([]);
    await expect(all({})).rejects.toMatchObject({ vendorCode: 'settings_refused' });
    fake.addTab(spreadsheetId, 'Contacts', []);
    await expect(all({ range: 'Deals!A:B' })).rejects.toMatchObject({
      ...{ vendorCode: 'settings_refused', message: expect.stringContaining('Deals') },
    });
    expect(await all({ range: 'Contacts' })).toEqual([]);
    await expect(all({ range: 'Contacts', keyColumn: 'Emial' })).rejects.toMatchObject({
      ...{ vendorCode: 'settings_refused', message: expect.stringContaining('Emial') },
    });
  });

  it('takes a spreadsheet by its address, and a range that it can read', () => {
    const schema = settingsSchemaOf('google_sheets');
    const address = `https://docs.google.com/spreadsheets/d/${spreadsheetId}/edit#gid=0`;
    expect(schema.parse({ spreadsheetId: address, range: '' })).toEqual({
      ...{ spreadsheetId, range: 'A:Z', keyColumn: '' },
    });
    for (const bad of [{ spreadsheetId: '../x' }, { range: 'Tab!A1' }, { range: 'A:ZZZ' }, { other: 1 }])
      expect(schema.safeParse(bad).success, JSON.stringify(bad)).toBe(false);
  });

  it('asked and was answered as Google describes it', () => {
    expect(fake.violations).toEqual([]);
    expect(fake.check.missing ?? fake.check.checked).not.toBe(0);
  });
});
