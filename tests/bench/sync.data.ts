/** What an account of a customer of middling size holds. */
export const RECORDS = 10_000;
/** What people change in it between two passes. */
export const CHANGED = RECORDS / 100;

/** What a vendor on the other side of the internet takes to answer at the very least. Milliseconds. */
export const ANSWER_MS = 50;

/** The shares of a bare loop's rate that a sync has to reach, and what it may write. */
export const TARGETS = {
  /** Of HubSpot's own client with bare batch writes. */
  firstImport: 0.6,
  /** Of HubSpot's own client, which only reads. */
  unchanged: 0.7,
  /** For 1 % of 10 000. */
  recordWrites: 100,
  /** A second, on one core, with as many plain mappings. */
  mappedPerSecond: 5_000,
  mappings: 30,
} as const;

/** A contact with every field that is mapped unless somebody maps others. */
export function contactOf(index: number): Record<string, string> {
  return {
    firstname: `Ann${index % 97}`,
    lastname: `Miller${index}`,
    email: `ann.miller.${index}@customer${index % 500}.test`,
    phone: `+1 415 555 ${String(index % 10_000).padStart(4, '0')}`,
    jobtitle: 'Head of marketing',
    company: `Customer ${index % 500}`,
    address: `${index} Market Street`,
    city: 'San Francisco',
    state: 'CA',
    zip: '94103',
    country: 'United States',
    lifecyclestage: 'lead',
    hubspot_owner_id: String(1_000 + (index % 20)),
  };
}
