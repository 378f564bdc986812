/** Salesforce's names of the kinds of record that are synced. */
export const OBJECTS: Readonly<Record<string, string>> = {
  lead: 'Lead',
  contact: 'Contact',
  company: 'Account',
  opportunity: 'Opportunity',
};
