import type { SandboxEntity } from './entities.data';
import type { SandboxValues } from './values';

/** What a fresh account of the sandbox CRM holds: invented people and firms, some people written down twice. */

type Firm = readonly [
  name: string,
  domain: string,
  industry: string,
  city: string,
  country: string,
  employees: string,
];

const FIRMS: readonly Firm[] = [
  ['Alder & Finch', 'alderfinch.example', 'Hospitality', 'Hamburg', 'Germany', '24'],
  ['Bluebird Bakery', 'bluebird.example', 'Food', 'Bristol', 'United Kingdom', '11'],
  ['Cobalt Studio', 'cobalt.example', 'Design', 'Lisbon', 'Portugal', '8'],
  ['Dune Travel', 'dune.example', 'Travel', 'Vienna', 'Austria', '46'],
  ['Elm Street Books', 'elmstreet.example', 'Retail', 'Portland', 'United States', '6'],
  ['Foxglove Florists', 'foxglove.example', 'Retail', 'Ghent', 'Belgium', '9'],
  ['Granite Gym', 'granite.example', 'Sport', 'Berlin', 'Germany', '31'],
  ['Harbour Hotel', 'harbour.example', 'Hospitality', 'Gothenburg', 'Sweden', '120'],
  ['Inkwell Agency', 'inkwell.example', 'Marketing', 'Dublin', 'Ireland', '38'],
  ['Juniper Foods', 'juniper.example', 'Food', 'Lyon', 'France', '210'],
  ['Kestrel Bikes', 'kestrel.example', 'Retail', 'Utrecht', 'Netherlands', '17'],
  ['Lantern Events', 'lantern.example', 'Events', 'Boston', 'United States', '14'],
];

const GIVEN = ['Amara', 'Jonas', 'Mei', 'Luca', 'Freya', 'Tomás', 'Nadia', 'Oliver', 'Priya', 'Sven'];
const FAMILY = [
  'Okafor',
  'Weber',
  'Tanaka',
  'Rossi',
  'Lindqvist',
  'Silva',
  'Haddad',
  'Byrne',
  'Nair',
  'Maes',
];
const JOBS = ['Owner', 'Marketing lead', 'Buyer', 'Office manager'];
const LIFECYCLES = ['subscriber', 'lead', 'qualified', 'customer'];
const CONTACTS = 37;

/** The same people once more, as somebody in a hurry wrote them down: two surely, and one for a person to decide. */
const TWICE: readonly SandboxValues[] = [
  {
    given_name: 'Amara',
    family_name: 'Okafor',
    email: 'AMARA.OKAFOR@alderfinch.example',
    company: 'Alder and Finch',
  },
  { given_name: 'Jonas', family_name: 'Webber', email: 'jonas.weber@bluebird.example', job_title: 'Owner' },
  { given_name: 'Nadia', family_name: 'Hadad', company: 'Granite Gym', phone: '+49 30 5550 0114' },
];

type Deal = readonly [
  title: string,
  amount: string | null,
  currency: string,
  stage: string,
  closes: string | null,
  firm: number,
];

const DEALS: readonly Deal[] = [
  ['Winter menu campaign', '2400', 'EUR', 'new', '2026-12-18', 0],
  ['Opening week', '900', 'GBP', 'new', '2026-12-04', 1],
  ['Brand refresh', '5200', 'EUR', 'new', null, 2],
  ['City breaks, spring', '7800', 'EUR', 'talking', '2027-01-29', 3],
  ['Author evenings', '650', 'USD', 'talking', '2027-01-15', 4],
  ['Mother’s Day', '1200', 'EUR', 'talking', '2027-04-16', 5],
  ['New year’s resolutions', '3100', 'EUR', 'offer', '2026-12-11', 6],
  ['Conference season', '14500', 'EUR', 'offer', '2027-02-12', 7],
  ['White-label reports', '9600', 'EUR', 'offer', '2027-01-08', 8],
  ['Recipe videos', '22000', 'EUR', 'negotiation', '2026-12-22', 9],
  ['Ride to work', '1850', 'EUR', 'negotiation', '2027-03-01', 10],
  ['Summer festival', '11250.50', 'USD', 'negotiation', '2027-02-26', 11],
  ['Autumn menu campaign', '2100', 'EUR', 'won', '2026-10-02', 0],
  ['Sourdough stories', '780', 'GBP', 'won', '2026-09-18', 1],
  ['Pilot month', null, 'USD', 'lost', '2026-10-30', 11],
];

/** 40 contacts, 12 companies and 15 deals; the same every time. */
export function starterRecords(): { entity: SandboxEntity; values: SandboxValues }[] {
  const companies = FIRMS.map(([name, domain, industry, city, country, employees]) => ({
    entity: 'company' as const,
    values: { name, domain, industry, city, country, employees, owner: 'Robin' },
  }));
  const contacts = Array.from({ length: CONTACTS }, (_, index) => contact(index));
  const twice = TWICE.map((values) => ({ entity: 'contact' as const, values }));
  const deals = DEALS.map(([title, amount, currency, stage, close_date, firm]) => ({
    entity: 'deal' as const,
    values: { title, amount, currency, stage, close_date, company: FIRMS[firm]?.[0] ?? null, owner: 'Robin' },
  }));
  return [...companies, ...contacts, ...twice, ...deals];
}

function contact(index: number): { entity: SandboxEntity; values: SandboxValues } {
  const given_name = GIVEN[index % GIVEN.length] ?? 'Robin';
  // Every ten people the family names move on by one, so that no two are called the same.
  const family_name = FAMILY[(index + Math.floor(index / GIVEN.length)) % FAMILY.length] ?? 'Demo';
  const [company, domain, , city, country] = FIRMS[index % FIRMS.length] ?? ['', '', '', '', ''];
  const local = `${given_name}.${family_name}`.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase();
  return {
    entity: 'contact',
    values: {
      ...{ given_name, family_name, company, city, country },
      email: `${local}@${domain}`,
      job_title: JOBS[index % JOBS.length] ?? null,
      lifecycle: LIFECYCLES[index % LIFECYCLES.length] ?? null,
      owner: 'Robin',
    },
  };
}
