import { describe, expect, it } from 'vitest';
import type { PropertyView } from '../connections/schema';
import { standardFields } from './standard';
import { likeness, ruleFor, suggestionsFor } from './suggest';

const property = (name: string, more: Partial<PropertyView> = {}): PropertyView => ({
  ...{ name, label: name, type: 'string', readOnly: false, options: [] },
  ...more,
});
const kind = { integrationType: 'salesforce', entityType: 'contact' };
const pairsOf = (
  properties: PropertyView[],
  mapped: { externalField: string; internalField: string }[] = [],
) => suggestionsFor(kind, properties, mapped).map(({ rule }) => [rule.externalField, rule.internalField]);

describe('suggested mappings', () => {
  it('take the vendor’s own template first, then names that are alike', () => {
    const found = suggestionsFor(
      kind,
      [property('Home_Email__c', { label: 'Email' }), property('Email')],
      [],
    );
    expect(found.map(({ rule, score }) => [rule.externalField, rule.internalField, score])).toEqual([
      ['Email', 'email', 1],
    ]);
    expect(pairsOf([property('Job_Title__c', { label: 'Job title' })])).toEqual([
      ['Job_Title__c', 'jobTitle'],
    ]);
    expect(pairsOf([property('Mailing_City__c', { label: 'City' })])).toEqual([
      ['Mailing_City__c', 'address.city'],
    ]);
  });

  it('leave out what is mapped on either side, what is like nothing, and a second of the same', () => {
    expect(pairsOf([property('Email')], [{ externalField: 'Email', internalField: 'x' }])).toEqual([]);
    expect(pairsOf([property('Email')], [{ externalField: 'Other', internalField: 'email' }])).toEqual([]);
    expect(pairsOf([property('Favourite_Colour__c')])).toEqual([]);
    expect(pairsOf([property('jobTitle'), property('job_title')])).toHaveLength(1);
  });

  it('know a vendor’s types, with the values of a choice', () => {
    const choice = property('Status', { type: 'picklist', options: [{ value: 'new', label: 'New' }] });
    expect(ruleFor(choice, 'stage')).toMatchObject({ fieldType: 'enum', validation: { values: ['new'] } });
    expect(ruleFor(property('Open', { type: 'picklist' }), 'stage')).toMatchObject({ fieldType: 'string' });
    expect(ruleFor(property('x', { type: 'percent', path: 'properties.x' }), 'share')).toMatchObject({
      externalField: 'properties.x',
      fieldType: 'number',
    });
  });

  it('compare names by their letters, whatever their spelling', () => {
    expect(likeness('first_name', 'firstName')).toBe(1);
    expect(likeness('Straße', 'strasse')).toBeGreaterThan(0.4);
    expect(likeness('', 'name')).toBe(0);
  });

  it('name the required fields of ours first', () => {
    const [first] = standardFields('deal');
    expect(first).toEqual({ field: 'name', type: 'string', required: true });
    expect(standardFields('weather')).toEqual([]);
  });
});
