import { describe, expect, it } from 'vitest';
import { emailOf, ownDomainOf, phoneOf } from './normal';
import { DEFAULT_POLICY, dedupPolicySchema } from './schema';
import { bestCase, outcomeOf, scoreOf } from './score';
import { nameRatio, phoneticRatio, tokenSetRatio } from './similarity';

const person = (name: string, more: Record<string, string> = {}) => {
  const [firstName = '', lastName = ''] = name.split(' ');
  return { firstName, lastName, ...more };
};
const named = (name: string) => {
  const [first = '', last = ''] = name.toLowerCase().split(' ');
  return { first: first ? [first] : [], last: last ? [last] : [] };
};
const { contact, company } = DEFAULT_POLICY.rules;
const outcome = (a: object, b: object) => {
  const score = scoreOf('contact', { ...a }, { ...b }, contact);
  return score ? outcomeOf(score, DEFAULT_POLICY) : 'none';
};

describe('values', () => {
  it.each([
    ['Ann.Lee+news@Gmail.com', 'annlee@gmail.com', false],
    ['a.b@googlemail.com', 'ab@gmail.com', false],
    ['ann.lee+x@fernhill.test', 'ann.lee@fernhill.test', false],
    ['INFO@fernhill.test', 'info@fernhill.test', true],
  ])('%s is the mailbox %s', (given, address, role) => {
    expect(emailOf(given)).toMatchObject({ address, role });
  });

  it('that are none are not compared', () => {
    expect([emailOf('ann at fernhill'), emailOf('a b@x.test'), phoneOf('ext. 12')]).toEqual([
      null,
      null,
      null,
    ]);
    expect(phoneOf('+49 (30) 123-456')).toBe('4930123456');
  });

  it('lead to a company’s own domain, and to none that anybody gets an address at', () => {
    expect(ownDomainOf({ email: 'ann@mail.fernhill.co.uk' })).toBe('fernhill.co.uk');
    expect(ownDomainOf({ website: 'https://www.fernhill.de/about' })).toBe('fernhill.de');
    expect(ownDomainOf({ email: 'ann@gmail.com' })).toBeNull();
  });
});

describe('names', () => {
  it.each([
    ['bob smith', 'robert smith', 0.9],
    ['alex meyer', 'alexander meyer', 0.9],
    ['a meyer', 'anna meyer', 0.85],
    ['meyer anna', 'anna meyer', 0.95],
    ['anna meyer', 'ana meyer', 0.75],
  ])('%s and %s are alike', (a, b, from) => {
    expect(nameRatio(named(a), named(b))).toBeGreaterThanOrEqual(from);
  });

  it.each([
    ['anna meyer', 'peter meyer', 0.55],
    ['anna meyer', 'otto braun', 0.3],
  ])('%s and %s are not', (a, b, to) => {
    expect(nameRatio(named(a), named(b))).toBeLessThanOrEqual(to);
  });

  it('sound alike, and share words in any order', () => {
    expect(phoneticRatio(['meier'], ['meyer'])).toBe(1);
    expect(tokenSetRatio(['kestrel', 'media'], ['media', 'kestrel'])).toBe(1);
  });
});

describe('two records', () => {
  const ann = { email: 'ann.lee@fernhill.test', phone: '+4930123456' };

  it('with one thing in common alone are nothing, unless it is nobody else’s', () => {
    expect(scoreOf('contact', person('Ann Lee'), person('Ann Lee'), contact)).toBeNull();
    expect(scoreOf('contact', { email: ann.email }, { email: ann.email }, contact)).toMatchObject({
      ...{ score: 1, strong: true },
    });
    const role = { email: 'info@fernhill.test' };
    expect(scoreOf('contact', role, role, contact)).toBeNull();
  });

  it('are merged by themselves, asked about, or left', () => {
    expect(outcome(person('José Núñez', ann), person('Jose NUNEZ', ann))).toBe('merge');
    expect(outcome(person('Ann Lee', ann), person('Lee Ann', { email: ann.email }))).toBe('merge');
    const phone = { phone: ann.phone };
    expect(outcome(person('Ann Lee', phone), person('Ann Lee', phone))).toBe('review');
    expect(outcome(person('Ann Lee', phone), person('Otto Lee', phone))).toBe('none');
    const office = { email: 'info@fernhill.test', companyName: 'Fernhill' };
    expect(outcome(person('Ann Lee', office), person('Otto Braun', office))).toBe('none');
  });

  it('of companies go by domain and name without the legal form', () => {
    const a = { name: 'Fernhill Foods GmbH', domain: 'fernhill.de' };
    const score = scoreOf('company', a, { name: 'FERNHILL FOODS', website: 'www.fernhill.de' }, company);
    expect(score).toMatchObject({ score: 1, strong: true });
    const other = scoreOf(
      'company',
      { ...a, name: 'Fernhill Germany' },
      { ...a, name: 'Fernhill France' },
      company,
    );
    expect(outcomeOf(other ?? { score: 1, strong: true }, DEFAULT_POLICY)).toBe('review');
  });

  it('are judged by an organisation’s own rule too; one that fails counts for nothing', () => {
    const rules = [
      ...contact,
      { field: 'jobTitle', method: 'custom' as const, weight: 10, strong: false, expression: '1' },
    ];
    const [a, b] = [
      person('Ann Lee', { ...ann, jobTitle: 'CEO' }),
      person('Ann Lee', { ...ann, jobTitle: 'CFO' }),
    ];
    const at = rules.length - 1;
    const plain = scoreOf('contact', a, b, contact)?.score;
    expect(scoreOf('contact', a, b, rules, new Map([[at, null]]))?.score).toBe(plain);
    expect(scoreOf('contact', a, b, rules, new Map([[at, 0]]))?.score).toBeLessThan(0.6);
    expect(scoreOf('contact', a, b, rules, new Map([[at, 7]]))?.score).toBe(1);
    expect(bestCase('contact', a, b, rules)).toBe(1);
  });

  it('are asked about from a lower score than they are merged from', () => {
    expect(dedupPolicySchema.safeParse(DEFAULT_POLICY).success).toBe(true);
    expect(dedupPolicySchema.safeParse({ ...DEFAULT_POLICY, reviewFrom: 0.95 }).success).toBe(false);
  });
});
