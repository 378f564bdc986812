import type { RegistryEntry } from './connections/schema';

/** Vendors that can be connected. Each has an adapter in `providers/` and a fake in the tests; nothing else stands here. */
export const INTEGRATIONS: readonly RegistryEntry[] = [
  {
    type: 'hubspot',
    name: 'HubSpot',
    platform: 'hubspot',
    category: 'crm',
    isPopular: true,
    isActive: true,
    capabilities: ['pull', 'push'],
    methods: ['oauth2', 'api_key'],
    entities: ['contact', 'company', 'deal'],
    requiredFields: [],
    optionalFields: ['apiKey'],
    documentationUrl: 'https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide',
  },
  {
    type: 'salesforce',
    name: 'Salesforce',
    platform: 'salesforce',
    category: 'crm',
    isPopular: true,
    isActive: true,
    capabilities: ['pull', 'push'],
    methods: ['oauth2'],
    entities: ['lead', 'contact', 'company', 'opportunity'],
    requiredFields: [],
    optionalFields: [],
    documentationUrl: 'https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/',
  },
];
