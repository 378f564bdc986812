import { FakeGitHub } from '@tests/fakes/github';
import { FakeGoogleSheets } from '@tests/fakes/google-sheets';
import { FakeHubSpot } from '@tests/fakes/hubspot';
import { FakeNotion } from '@tests/fakes/notion';
import type { FakeOAuth } from '@tests/fakes/platforms/oauth-server';
import type { FakeNetwork } from '@tests/fakes/platforms/server';
import { FakeSalesforce } from '@tests/fakes/salesforce';
import { FakeSlack } from '@tests/fakes/slack';
import type { Clock } from '@/core/time/clock';
import type { IntegrationType } from '@/features/integrations/connections/schema';

/** A vendor's fake, and what the conformance suite must know to drive it. */
export interface VendorBench {
  fake: FakeNetwork & { oauth: FakeOAuth; clientSecret: string };
  env(): Record<string, string>;
  /** The kind of record that the suite reads. */
  entity: string;
  settings?: unknown;
  /** Puts so many new records there. */
  add(many: number): void;
  /** Puts them there under one stamp. Absent where the vendor tells no times: each pass reads all. */
  addAt?(many: number, at: Date): void;
  /** More than one page holds. */
  pages: number;
  /** Where records are written: values for one by the vendor's own fields, and what takes a record away there. */
  write?: { values: Record<string, unknown>; lose(id: string): void };
  /** A key that works, where the vendor has keys, and what ends it there. */
  key?: { good: string; malformed: string; revoke(): void };
  /** Makes the person give too little at the consent page, and takes that back. */
  withhold(less: boolean): void;
  /** Whether health tells how many calls are left. */
  tellsQuota: boolean;
  /** What of it is held against no description of the vendor's. */
  unvalidated: string;
}

/** Each vendor that can be connected; one that is missing here fails the suite. */
export const VENDOR_BENCHES: Partial<Record<IntegrationType, (clock: Clock) => VendorBench>> = {
  hubspot: (clock) => {
    const fake = new FakeHubSpot(clock);
    return {
      fake,
      env: () => fake.env(),
      entity: 'contact',
      add: (many) => times(many, (at) => fake.add('contacts', { email: `${at}@x.test` })),
      addAt: (many, stamp) => times(many, (at) => fake.add('contacts', { email: `${at}@y.test` }, stamp)),
      pages: 250,
      write: {
        values: { 'properties.firstname': 'Ann' },
        lose: (id) => fake.archive('contacts', id),
      },
      key: {
        good: fake.apiKey,
        malformed: 'pat-nonsense',
        revoke: () => {
          fake.keyRevoked = true;
        },
      },
      withhold: (less) => {
        fake.oauth.withheld = less ? ['crm.objects.deals.read'] : [];
      },
      tellsQuota: true,
      unvalidated: 'HubSpot’s description may not be kept: its fake stands on the documentation',
    };
  },
  salesforce: (clock) => {
    const fake = new FakeSalesforce(clock);
    return {
      fake,
      env: () => fake.env(),
      entity: 'lead',
      add: (many) => times(many, (at) => fake.add('Lead', { LastName: `No${at}` })),
      addAt: (many, stamp) => times(many, (at) => fake.add('Lead', { LastName: `No${at}` }, stamp)),
      pages: 4_500,
      write: { values: { FirstName: 'Ann' }, lose: (id) => fake.delete('Lead', id) },
      withhold: (less) => {
        fake.oauth.withheld = less ? ['refresh_token'] : [];
      },
      tellsQuota: true,
      unvalidated: 'Salesforce publishes no description: its fake stands on the documentation',
    };
  },
  notion: (clock) => {
    const fake = new FakeNotion(clock);
    return {
      fake,
      env: () => fake.env(),
      entity: 'page',
      add: (many) => times(many, (at) => fake.add(`Page ${at}`)),
      addAt: (many, stamp) => times(many, (at) => fake.add(`Page ${at}`, {}, stamp)),
      pages: 250,
      key: {
        good: fake.key,
        malformed: 'nonsense',
        revoke: () => {
          fake.keyRevoked = true;
        },
      },
      withhold: (less) => {
        fake.mayRead = !less;
      },
      tellsQuota: false,
      unvalidated: fake.contract.missing ?? 'token calls, and what pages and search answers hold',
    };
  },
  github: (clock) => {
    const fake = new FakeGitHub(clock);
    return {
      fake,
      env: () => fake.env(),
      entity: 'issue',
      settings: { repositories: ['acme/site', 'acme/app'] },
      add: (many) => {
        times(many - 1, () => fake.addIssue('acme/app'));
        fake.addIssue('acme/site');
      },
      addAt: (many, updatedAt) => times(many, () => fake.addIssue('acme/app', { updatedAt })),
      pages: 250,
      key: {
        good: fake.key,
        malformed: 'nonsense',
        revoke: () => {
          fake.keyRevoked = true;
        },
      },
      withhold: (less) => {
        fake.oauth.withheld = less ? ['repo'] : [];
      },
      tellsQuota: true,
      unvalidated: fake.missing ?? 'queries, headers and token calls: only payloads are published',
    };
  },
  slack: (clock) => {
    const fake = new FakeSlack(clock);
    return {
      fake,
      env: () => fake.env(),
      entity: 'channel',
      add: (many) => times(many, (at) => fake.addChannel(`channel-${at}`)),
      pages: 450,
      key: {
        good: fake.key,
        malformed: 'xoxp-1',
        revoke: () => {
          fake.keyRevoked = true;
        },
      },
      withhold: (less) => {
        fake.oauth.withheld = less ? ['users:read'] : [];
      },
      tellsQuota: false,
      unvalidated:
        fake.contract.missing ??
        'the frames of users.list and conversations.info, and rotating tokens, which are not described',
    };
  },
  google_sheets: (clock) => {
    const fake = new FakeGoogleSheets(clock);
    const spreadsheetId = 's'.repeat(30);
    const { rows } = fake.addTab(spreadsheetId, 'Contacts', [['Name', 'Amount']]);
    return {
      fake,
      env: () => fake.env(),
      entity: 'row',
      settings: { spreadsheetId, range: 'Contacts!A:B' },
      add: (many) => times(many, (at) => rows.push([`Row ${at}`, at])),
      pages: 450,
      withhold: (less) => {
        fake.oauth.withheld = less ? ['https://www.googleapis.com/auth/spreadsheets.readonly'] : [];
      },
      tellsQuota: false,
      unvalidated: fake.check.missing ?? 'sign-in and token calls',
    };
  },
};

function times(many: number, make: (at: number) => unknown): void {
  for (let at = 0; at < many; at += 1) make(at);
}
