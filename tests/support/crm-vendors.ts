import { FakeHubSpot } from '@tests/fakes/hubspot';
import type { FakeRequest } from '@tests/fakes/platforms/server';
import { FakeSalesforce } from '@tests/fakes/salesforce';
import type { Clock, FixedClock } from '@/core/time/clock';
import { CrmSync, wholeSecond } from './crm-sync';

/** A contact, by our names. */
export interface Person {
  firstName?: string;
  lastName?: string;
  email?: string;
  jobTitle?: string;
  city?: string;
}
export const PERSON = ['firstName', 'lastName', 'email', 'jobTitle', 'city'] as const;
/** As records here name them. */
export const HERE: Record<keyof Person, string> = {
  ...{ firstName: 'firstName', lastName: 'lastName', email: 'email', jobTitle: 'jobTitle' },
  city: 'address.city',
};

/** What tests do to the contacts of a vendor, whichever it is. */
export interface CrmVendor {
  fake: FakeHubSpot | FakeSalesforce;
  /** @returns its id. */
  add(person: Person, at?: Date): string;
  edit(id: string, person: Person, at?: Date): void;
  /** Into the vendor's bin. */
  remove(id: string): void;
  /** Gone for good, and in no list. */
  purge(id: string): void;
  /** The other one is absorbed. */
  merge(into: string, other: string): void;
  read(id: string): Person;
  /** Changes that were written from here, one by one. */
  writes(): number;
  /** Whether a call lists contacts. */
  lists(request: FakeRequest): boolean;
  /** Called before each answer that lists records. */
  onPage(then: () => void): void;
  /** Makes the vendor's answers so long at most. */
  pageSize(rows: number): void;
  /** No calls are left for today, or there are again. */
  allowance(left: boolean): void;
}

const HUBSPOT: Record<keyof Person, string> = {
  ...{ firstName: 'firstname', lastName: 'lastname', email: 'email', jobTitle: 'jobtitle', city: 'city' },
};
const SALESFORCE: Record<keyof Person, string> = {
  ...{ firstName: 'FirstName', lastName: 'LastName', email: 'Email', jobTitle: 'Title', city: 'MailingCity' },
};

function named(person: Person, names: Record<keyof Person, string>): Record<string, string> {
  return Object.fromEntries(
    PERSON.flatMap((name): [string, string][] => (person[name] ? [[names[name], person[name]]] : [])),
  );
}

function personOf(values: Record<string, unknown>, names: Record<keyof Person, string>): Person {
  return Object.fromEntries(
    PERSON.flatMap((name) => {
      const value = values[names[name]];
      return value === undefined || value === null ? [] : [[name, String(value)]];
    }),
  );
}

function hubspot(clock: Clock): CrmVendor {
  const fake = new FakeHubSpot(clock);
  return {
    fake,
    add: (person, at) => fake.add('contacts', named(person, HUBSPOT), at).id,
    edit: (id, person, at) => fake.edit('contacts', id, named(person, HUBSPOT), at),
    remove: (id) => fake.archive('contacts', id),
    purge: (id) => fake.purge('contacts', id),
    merge: (into, other) => fake.merge('contacts', into, other),
    read: (id) => personOf(fake.records.contacts.get(id)?.properties ?? {}, HUBSPOT),
    writes: () => fake.updates.length,
    lists: ({ path }) => /\/objects\/contacts(?:\/search)?$/.test(path),
    onPage: (then) => {
      fake.beforePage = (part) => {
        if (part !== 'archived') then();
      };
    },
    pageSize: (rows) => {
      fake.batch = rows;
    },
    allowance: (left) => {
      fake.callsLeft = left;
    },
  };
}

/** What is asked for by its ids is in no order. */
function isList(soql: string): boolean {
  return /FROM Contact\b.*ORDER BY/.test(soql);
}

function salesforce(clock: Clock): CrmVendor {
  const fake = new FakeSalesforce(clock);
  return {
    fake,
    add: (person, at) => fake.add('Contact', named(person, SALESFORCE), at).Id,
    edit: (id, person, at) => fake.edit('Contact', id, named(person, SALESFORCE), at),
    remove: (id) => fake.delete('Contact', id),
    purge: (id) => fake.purge('Contact', id),
    merge: (into, other) => fake.merge('Contact', into, other),
    read: (id) => personOf(fake.records.Contact.get(id)?.values ?? {}, SALESFORCE),
    writes: () => fake.updates.length,
    lists: ({ query }) => isList(query.get('q') ?? ''),
    onPage: (then) => {
      fake.beforeQuery = (soql) => {
        if (isList(soql)) then();
      };
    },
    pageSize: (rows) => {
      fake.batch = rows;
    },
    allowance: (left) => {
      fake.callsAllowed = left ? 15_000 : 0;
    },
  };
}

export const CRM_VENDORS = { hubspot, salesforce } as const;
export type CrmType = keyof typeof CRM_VENDORS;
export const CRM_TYPES = Object.keys(CRM_VENDORS) as CrmType[];

/** A vendor's account, connected over its consent page by a grant that ends and rotates. */
export class CrmAccount extends CrmSync {
  constructor(
    type: CrmType,
    readonly vendor: CrmVendor,
    clock: FixedClock,
    organizationId?: string,
    userId?: string,
  ) {
    super(type, vendor.fake, clock, organizationId, userId);
  }

  /** @param vendorClock the vendor's own, where it does not go as ours does. */
  static async connected(
    type: CrmType,
    more: { vendorClock?: (ours: Clock) => Clock; organizationId?: string; userId?: string } = {},
  ): Promise<CrmAccount> {
    const clock = wholeSecond();
    const vendor = CRM_VENDORS[type](more.vendorClock?.(clock) ?? clock);
    const made = new CrmAccount(type, vendor, clock, more.organizationId, more.userId);
    await vendor.fake.start();
    made.world = made.another();
    await made.connect();
    return made;
  }

  /** So many people at the vendor. @returns their ids. */
  people(many: number, at?: Date): string[] {
    return Array.from({ length: many }, (_, index) =>
      this.vendor.add({ firstName: 'Ann', lastName: `No${index}`, email: `p${index}@x.test` }, at),
    );
  }

  contact(externalId: string) {
    return this.record('contact', externalId);
  }

  /** By our names, what is here. */
  async here(externalId: string): Promise<Person> {
    const fields = (await this.contact(externalId))?.fields ?? {};
    return personOf(fields, HERE);
  }

  /** A person's edit here, which waits for the next sync. */
  async edit(externalId: string, person: Person): Promise<void> {
    const record = await this.contact(externalId);
    if (!record) throw new Error('no record');
    await this.world.crm.edit(this.actor, record.id, record.version, { fields: named(person, HERE) });
    this.jobs.waiting.splice(0);
  }

  /** The moments at which anything of this connection was last written. */
  async moments(): Promise<string[]> {
    const all = ['crm_records', 'record_links', 'sync_conflicts'].map((name) => this.written(name));
    return (await Promise.all(all)).flat();
  }

  /** Ids of the records here, each once. @throws when one is here twice. */
  async ids(status: 'active' | 'deleted' = 'active'): Promise<string[]> {
    const found = await this.world.syncRepository.db.firestore
      .collection('crm_records')
      .where('connectionId', '==', this.id)
      .select('status', 'externalId')
      .get();
    const ids = found.docs
      .filter((doc) => doc.get('status') === status)
      .map((doc) => String(doc.get('externalId')));
    if (new Set(ids).size !== ids.length) throw new Error('a record is here twice');
    return ids.sort();
  }
}
