import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { effectiveChannels } from './channels';
import { csvLine } from './csv';
import {
  allowedPermissions,
  can,
  outranks,
  PERMISSIONS,
  permissionsOf,
  ROLES,
  type Role,
} from './permissions';
import { requireAnotherOwner, requireConfirmation, requireGrantable, requireRankOver } from './rules';
import { emailSchema, nameSchema, timeZoneSchema } from './schema';

const role = fc.constantFrom<Role>(...ROLES);

describe('roles', () => {
  it('of a higher rank may all that a lower one may', () =>
    fc.assert(
      fc.property(role, role, (a, b) => {
        if (!outranks(a, b)) return;
        for (const permission of permissionsOf(b)) expect(can(a, permission)).toBe(true);
      }),
    ));

  it('never gain from a deletion under way', () =>
    fc.assert(
      fc.property(role, (one) => {
        const left = allowedPermissions(one, true);
        for (const permission of left) expect(can(one, permission)).toBe(true);
        expect([...left].some((permission) => /write|publish|manage|use/.test(permission))).toBe(false);
      }),
    ));

  it('have each permission of the table with somebody', () => {
    for (const permission of PERMISSIONS) expect(ROLES.some((one) => can(one, permission))).toBe(true);
  });

  it('are given and changed only from above or beside', () =>
    fc.assert(
      fc.property(role, role, (actor, other) => {
        const allowed = outranks(actor, other);
        for (const rule of [requireRankOver, requireGrantable]) {
          if (allowed) rule(actor, other);
          else expect(() => rule(actor, other)).toThrow(expect.objectContaining({ code: 'forbidden' }));
        }
      }),
    ));

  it('leave an owner behind', () => {
    const owners = [{ userId: 'a' }, { userId: 'b' }];
    expect(() => requireAnotherOwner(owners, 'a')).not.toThrow();
    expect(() => requireAnotherOwner([{ userId: 'a' }], 'a')).toThrow(/needs an owner/);
    expect(() => requireAnotherOwner([], 'a')).toThrow(/needs an owner/);
  });
});

describe('channels of a member', () => {
  const ids = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'));
  const teams = fc.array(fc.record({ channelIds: ids }), { maxLength: 3 });

  it('are exactly their own and their teams’, sorted, each once', () =>
    fc.assert(
      fc.property(ids, teams, (own, all) => {
        const channels = effectiveChannels('member', own, all);
        const expected = new Set([...own, ...all.flatMap((team) => team.channelIds)]);
        expect(channels).toEqual([...expected].sort());
      }),
    ));

  it('are never limited for those who decide about them', () =>
    fc.assert(
      fc.property(ids, teams, (own, all) => {
        for (const one of ['owner', 'admin'] as const) expect(effectiveChannels(one, own, all)).toEqual([]);
      }),
    ));
});

describe('CSV', () => {
  it.each([
    ['=SUM(A1)', "'=SUM(A1)"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@cmd', "'@cmd"],
    ['\tx', "'\tx"],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1,"2"', '"\'=1,""2"""'],
    ['plain', 'plain'],
  ])('writes %j as %j', (cell, written) => expect(csvLine([cell])).toBe(`${written}\r\n`));
});

describe('input', () => {
  it('lets names be names', () => {
    const name = nameSchema(10);
    expect(name.parse('  Zoë & Co ')).toBe('Zoë & Co');
    for (const bad of ['', '   ', 'a\nb', 'a\u0000b', 'elevenchars']) {
      expect(name.safeParse(bad).success).toBe(false);
    }
  });

  it('takes addresses in any case, and keeps one', () => {
    expect(emailSchema.parse(' Ann@Example.COM ')).toBe('ann@example.com');
    expect(emailSchema.safeParse('ann@').success).toBe(false);
  });

  it('knows real time zones', () => {
    expect(timeZoneSchema.safeParse('Europe/Vienna').success).toBe(true);
    expect(timeZoneSchema.safeParse('Mars/Base').success).toBe(false);
  });

  it('confirms only what was typed exactly', () => {
    expect(() => requireConfirmation(' Acme ', 'Acme', 'body.name')).not.toThrow();
    expect(() => requireConfirmation('acme', 'Acme', 'body.name')).toThrow(
      expect.objectContaining({ faults: [expect.objectContaining({ path: 'body.name' })] }),
    );
  });
});
