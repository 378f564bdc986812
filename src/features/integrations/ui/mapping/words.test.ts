import { describe, expect, it } from 'vitest';
import type { MappingRule } from '../../mapping/schema';
import { defaultFrom, defaultText, faultsOf, placeOf, recordFrom, shown } from './words';

const rule: MappingRule = {
  externalField: 'Email',
  internalField: 'email',
  fieldType: 'email',
  isRequired: false,
  defaultValue: null,
  transformation: null,
  language: null,
  validation: {},
};

describe('what the mapper shows', () => {
  it('puts each fault at its place, and a field that is mapped twice at the field', () => {
    expect(faultsOf(rule, null)).toEqual({});
    expect(faultsOf(rule, 'Twice.')).toEqual({ externalField: 'Twice.' });
    expect(Object.keys(faultsOf({ ...rule, internalField: 'a[*]', externalField: '' }, null)).sort()).toEqual(
      ['externalField', 'internalField'],
    );
    expect(faultsOf({ ...rule, validation: { region: 'germany' } }, null).validation).toContain(
      'two letters',
    );
  });

  it('finds the line and column of a fault', () => {
    const code = 'a +\n  b &';
    expect(placeOf(code, { line: 2 })).toEqual({ line: 2, column: null, text: '  b &' });
    expect(placeOf(code, { character: 9 })).toEqual({ line: 2, column: 5, text: '  b &' });
    expect(placeOf(code, { character: 1 })).toEqual({ line: 1, column: 1, text: 'a +' });
    expect(placeOf(code, {})).toBeNull();
    expect(placeOf(code, { line: 9 })).toBeNull();
  });

  it('takes defaults as they are written, and gives them back the same', () => {
    for (const value of [null, 'plain', 'half ]', ['a', 1, true]] as const)
      expect(defaultFrom(defaultText(value as MappingRule['defaultValue']))).toEqual(value);
    expect(defaultFrom('["a"')).toBe('["a"');
    expect(defaultText(5)).toBe('5');
  });

  it('reads a pasted record', () => {
    expect(recordFrom('{"Id": "7"}')).toEqual({ record: { Id: '7' } });
    expect(recordFrom('{')).toEqual({ fault: 'json' });
    expect(recordFrom('[1]')).toEqual({ fault: 'object' });
  });

  it('says values in one line', () => {
    expect(['', null, 0, false, { a: 1 }].map(shown)).toEqual(['–', '–', '0', 'false', '{"a":1}']);
    expect(shown('x'.repeat(500))).toHaveLength(201);
  });
});
