/** What the sandbox CRM keeps. Its field names are its own, as every vendor's are; mappings translate them. Isomorphic. */

export const SANDBOX_ENTITIES = ['contact', 'company', 'deal'] as const;
export type SandboxEntity = (typeof SANDBOX_ENTITIES)[number];

export interface SandboxField {
  name: string;
  label: string;
  kind: 'text' | 'email' | 'number' | 'date' | 'choice';
  required?: true;
  options?: readonly { value: string; label: string }[];
}

const text = (name: string, label: string): SandboxField => ({ name, label, kind: 'text' });
const choice = (name: string, label: string, ...options: [value: string, label: string][]): SandboxField => ({
  ...{ name, label, kind: 'choice' },
  options: options.map(([value, shown]) => ({ value, label: shown })),
});

export const SANDBOX_FIELDS: Readonly<Record<SandboxEntity, readonly SandboxField[]>> = {
  contact: [
    text('given_name', 'Given name'),
    { ...text('family_name', 'Family name'), required: true },
    { name: 'email', label: 'Email', kind: 'email' },
    text('phone', 'Phone'),
    text('job_title', 'Job title'),
    text('company', 'Company'),
    text('city', 'City'),
    text('country', 'Country'),
    choice(
      'lifecycle',
      'Lifecycle',
      ['subscriber', 'Subscriber'],
      ['lead', 'Lead'],
      ['qualified', 'Qualified'],
      ['customer', 'Customer'],
    ),
    text('owner', 'Owner'),
  ],
  company: [
    { ...text('name', 'Name'), required: true },
    text('domain', 'Domain'),
    text('industry', 'Industry'),
    text('phone', 'Phone'),
    text('city', 'City'),
    text('country', 'Country'),
    { name: 'employees', label: 'Employees', kind: 'number' },
    text('owner', 'Owner'),
  ],
  deal: [
    { ...text('title', 'Title'), required: true },
    { name: 'amount', label: 'Amount', kind: 'number' },
    choice('currency', 'Currency', ['EUR', 'Euro'], ['USD', 'US dollar'], ['GBP', 'Pound sterling']),
    choice(
      'stage',
      'Stage',
      ['new', 'New'],
      ['talking', 'In conversation'],
      ['offer', 'Offer sent'],
      ['negotiation', 'Negotiation'],
      ['won', 'Won'],
      ['lost', 'Lost'],
    ),
    { name: 'close_date', label: 'Closes on', kind: 'date' },
    text('company', 'Company'),
    text('owner', 'Owner'),
  ],
};
