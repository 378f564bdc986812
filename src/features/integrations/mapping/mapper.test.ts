import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from './conversion';
import { languageOf, mapRecord } from './mapper';
import { type PlainRecord, pathFault, readPath, writePath } from './paths';
import { fieldTypeSchema, type MappingRule, mappingRuleSchema } from './schema';
import { MAPPING_TEMPLATES } from './templates.data';

const rule = (given: Partial<MappingRule>): MappingRule =>
  mappingRuleSchema.parse({ externalField: 'a', internalField: 'b', fieldType: 'string', ...given });
const none = {
  evaluate: () => Promise.reject(new Error('stopped')),
  matches: async (pattern: string, text: string) => new RegExp(pattern).test(text),
};
const map = (record: PlainRecord, ...rules: Partial<MappingRule>[]) =>
  mapRecord(record, rules.map(rule), none);

describe('paths', () => {
  const record = {
    'properties.x': 1,
    properties: { x: 2, y: { z: 3 } },
    list: [{ v: 1 }, { v: 2 }, {}],
    '': 0,
  };
  it.each([
    ['properties.x', 1],
    ['properties.y.z', 3],
    ['list[1].v', 2],
    ['list[*].v', [1, 2]],
    ['list[9].v', undefined],
    ['list.length', undefined],
    ['properties.toString', undefined],
  ])('%s reads %j', (path, value) => expect(readPath(record, path)).toEqual(value));

  it.each(['__proto__.a', 'a.constructor.b', 'a.prototype', '', 'a..b', 'a.[0]', 'a[', 'a[-1]', 'a[b]'])(
    '%s is refused',
    (path) => {
      expect(pathFault(path)).not.toBeNull();
      expect(() => writePath({}, path, 1)).toThrow();
      expect(
        mappingRuleSchema.safeParse({ externalField: path, internalField: 'b', fieldType: 'string' }).success,
      ).toBe(false);
    },
  );

  it('what is written is read back, and never reaches the language itself', () => {
    const key = fc.oneof(
      fc.string({ minLength: 1, maxLength: 8 }),
      fc.constantFrom('__proto__', 'constructor', 'a', 'b[0]', 'c[3][1]'),
    );
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 4 }), fc.jsonValue(), (keys, value) => {
        const path = keys.join('.');
        const target: PlainRecord = {};
        if (pathFault(path) === null && !path.includes('[*]')) {
          expect(writePath(target, path, value)).toBe(true);
          expect(readPath(target, path)).toEqual(value);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });
});

describe('conversion', () => {
  const taken: [Parameters<typeof convert>[1], unknown, unknown][] = [
    ['string', 12.5, '12.5'],
    ['string', '', ''],
    ['number', ' 12.50 ', 12.5],
    ['number', '', null],
    ['integer', '3.0', 3],
    ['boolean', 'TRUE', true],
    ['boolean', 0, false],
    ['date', '2028-02-29', '2028-02-29'],
    ['date', '1772409600000', '2026-03-02'],
    ['datetime', '2026-03-02T10:00:00.000+0100', '2026-03-02T09:00:00.000Z'],
    ['datetime', 1772442000000, '2026-03-02T09:00:00.000Z'],
    ['email', ' Ada@Example.ORG ', 'ada@example.org'],
    ['phone', '+49 (30) 123-4567', '+49301234567'],
    ['url', 'https://example.org/a?b', 'https://example.org/a?b'],
    ['currency', '0012.3400', '12.34'],
    ['currency', '99999999999999999999.01', '99999999999999999999.01'],
    ['currency', '-0.00', '0'],
    ['array', [1], [1]],
    ['object', { a: 1 }, { a: 1 }],
    ['reference', 42, '42'],
  ];
  it.each(taken)('%s takes %j as %j', (type, value, expected) =>
    expect(convert(value, type)).toEqual({ ok: true, value: expected }),
  );

  const lossy: [Parameters<typeof convert>[1], unknown][] = [
    ['string', {}],
    ['number', '1,5'],
    ['number', '0x10'],
    ['number', '12345678901234567.5'],
    ['number', Number.NaN],
    ['integer', 3.5],
    ['boolean', 'maybe'],
    ['boolean', 2],
    ['date', '2026-02-30'],
    ['date', '02/03/2026'],
    ['date', '2026-03-02T09:00:00Z'],
    ['datetime', '2026-03-02T09:00:00'],
    ['datetime', '2026-03-02'],
    ['email', 'ada@'],
    ['phone', '030 1234567'],
    ['phone', '+49 30 1234567 ext. 5'],
    ['url', 'javascript:alert(1)'],
    ['currency', '€ 12'],
    ['currency', 1e21],
    ['array', 'a;b'],
    ['object', [1]],
    ['reference', 2 ** 60],
  ];
  it.each(lossy)('%s refuses %j', (type, value) => expect(convert(value, type).ok).toBe(false));

  it('takes what a rule explains', () => {
    expect(convert('a; b;', 'array', { separator: ';' })).toEqual({ ok: true, value: ['a', 'b'] });
    expect(convert('030 1234567', 'phone', { region: 'DE' })).toEqual({ ok: true, value: '+49301234567' });
    expect(convert('c', 'enum', { values: ['a', 'b'] }).ok).toBe(false);
  });

  it('of any value to any type never throws, and what it made converts to itself', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.string(), fc.double(), fc.date().map(String)),
        fc.constantFrom(...fieldTypeSchema.options),
        (value, type) => {
          const first = convert(value, type);
          if (first.ok) expect(convert(first.value, type)).toEqual(first);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a record', () => {
  it('goes through default, conversion, validation and requirement; a bad field fails alone', async () => {
    const mapped = await map(
      { age: '41', mail: 'x', tiny: 'a', code: 'A1', gone: '' },
      { externalField: 'age', internalField: 'person.age', fieldType: 'integer', validation: { max: 40 } },
      { externalField: 'mail', internalField: 'mail', fieldType: 'email' },
      { externalField: 'tiny', internalField: 'tiny', validation: { minLength: 2 } },
      { externalField: 'code', internalField: 'code', validation: { pattern: '^[0-9]+$' } },
      { externalField: 'gone', internalField: 'gone', isRequired: true },
      { externalField: 'missing', internalField: 'kind', defaultValue: 'lead' },
      { externalField: 'age', internalField: 'x', transformation: 'return 1' },
      { externalField: 'age', internalField: 'person.years', fieldType: 'number' },
      { externalField: 'age', internalField: 'kind.deep' },
    );
    expect(mapped.record).toEqual({ kind: 'lead', person: { years: 41 } });
    expect(mapped.errors.map(({ field, step }) => `${field} ${step}`)).toEqual([
      'age validation',
      'mail conversion',
      'tiny validation',
      'code validation',
      'gone required',
      'age transformation',
      'age conversion',
    ]);
  });

  it('keeps what a field has put where a later one has nothing', async () => {
    const rules = [
      { externalField: 'phone', internalField: 'phone' },
      { externalField: 'mobile', internalField: 'phone' },
    ];
    expect((await map({ phone: '1' }, ...rules)).record).toEqual({ phone: '1' });
    expect((await map({ phone: '1', mobile: '2' }, ...rules)).record).toEqual({ phone: '2' });
  });

  it('speaks JavaScript where it returns', () => {
    const of = (transformation: string) => languageOf({ transformation, language: null });
    expect([
      of('return value'),
      of('const a = 1; return a'),
      of('$uppercase(returned)'),
      of('"no" & returns'),
    ]).toEqual(['javascript', 'javascript', 'jsonata', 'jsonata']);
  });
});

it('ships mappings that are well formed, 61 of them for CRMs', () => {
  const all = MAPPING_TEMPLATES.flatMap(({ mappings }) => mappings);
  const crm = MAPPING_TEMPLATES.filter((one) => ['hubspot', 'salesforce'].includes(one.integrationType));
  expect(crm.map(({ mappings }) => mappings.length)).toEqual([13, 8, 7, 8, 10, 8, 7]);
  for (const one of all) expect(mappingRuleSchema.parse(one)).toEqual(one);
});
