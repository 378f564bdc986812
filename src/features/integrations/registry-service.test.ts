import { describe, expect, it } from 'vitest';
import type { Integration } from './connections/repository';
import { IntegrationRegistryService } from './registry';
import { INTEGRATIONS } from './registry.data';

const none = {
  async *each() {
    yield* [];
  },
};
const [hubspot, salesforce] = INTEGRATIONS;
if (!hubspot || !salesforce) throw new Error('The registry has lost its first entries.');

const typesOf = (entries: readonly { type: string }[]) => entries.map(({ type }) => type);

describe('the registry service', () => {
  it('takes a type once, and nothing that is not whole', () => {
    const registry = new IntegrationRegistryService([hubspot], { integrations: none });
    expect(() => registry.registerIntegration({ ...hubspot, name: 'Another' })).toThrow(/registered already/);
    expect(() => registry.registerIntegration({ ...salesforce, documentationUrl: 'nowhere' })).toThrow();
    registry.registerIntegration(salesforce);
    expect(typesOf(registry.find({}))).toEqual(['hubspot', 'salesforce']);
  });

  it('finds by category, popularity and words, and leaves out what cannot be connected now', () => {
    const registry = new IntegrationRegistryService([{ ...hubspot, isPopular: false }, salesforce], {
      integrations: none,
    });
    expect(typesOf(registry.byCategory('crm'))).toEqual(['hubspot', 'salesforce']);
    expect(registry.byCategory('weather')).toEqual([]);
    expect(typesOf(registry.popular())).toEqual(['salesforce']);
    expect(typesOf(registry.search('SÁLES crm'))).toEqual(['salesforce']);
    expect(typesOf(registry.search('oppor'))).toEqual(['salesforce']);
    expect(registry.search('sales nothing')).toEqual([]);
    expect(typesOf(registry.search(' , '))).toEqual(['hubspot', 'salesforce']);
    const asleep = new IntegrationRegistryService([{ ...hubspot, isActive: false }], { integrations: none });
    expect(asleep.search('hubspot')).toEqual([]);
  });

  it('puts names that begin with the word before those that only deal with it', () => {
    const about = { ...hubspot, entities: ['salesorder'] };
    const registry = new IntegrationRegistryService([about, salesforce], { integrations: none });
    expect(typesOf(registry.search('sales'))).toEqual(['salesforce', 'hubspot']);
  });

  it('counts what is connected, by state and type; what was disconnected has only its records left', async () => {
    const rows = [
      { type: 'hubspot', status: 'active', dataCount: 10 },
      { type: 'hubspot', status: 'error', dataCount: 5 },
      { type: 'salesforce', status: 'reauth_required', dataCount: 1 },
      { type: 'salesforce', status: 'pending', dataCount: 0 },
      { type: 'salesforce', status: 'disconnected', dataCount: 900 },
    ] as Integration[];
    const asked: string[] = [];
    const registry = new IntegrationRegistryService(INTEGRATIONS, {
      integrations: {
        async *each(organizationId) {
          asked.push(organizationId);
          yield* rows;
        },
      },
    });
    expect(await registry.statistics('org_1')).toEqual({
      ...{ installed: 4, active: 1, failing: 2, records: 916 },
      byType: [
        { type: 'hubspot', installed: 2, active: 1, failing: 1, records: 15 },
        { type: 'salesforce', installed: 2, active: 0, failing: 1, records: 901 },
      ],
    });
    expect(asked).toEqual(['org_1']);
  });
});
