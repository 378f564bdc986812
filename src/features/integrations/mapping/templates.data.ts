import type { FieldType, FieldValidation, TemplateView } from './schema';

type Row = readonly [
  external: string,
  internal: string,
  type: FieldType,
  more?: { required?: true; validation?: FieldValidation },
];

const required = { required: true } as const;

/** HubSpot keeps fields under `properties`, all of them text (https://developers.hubspot.com/docs/api-reference/crm-contacts-v3/guide). */
const HUBSPOT_CONTACT: readonly Row[] = [
  ['properties.firstname', 'firstName', 'string'],
  ['properties.lastname', 'lastName', 'string'],
  ['properties.email', 'email', 'email'],
  ['properties.phone', 'phone', 'phone', { validation: { region: 'US' } }],
  ['properties.jobtitle', 'jobTitle', 'string'],
  ['properties.company', 'companyName', 'string'],
  ['properties.address', 'address.street', 'string'],
  ['properties.city', 'address.city', 'string'],
  ['properties.state', 'address.region', 'string'],
  ['properties.zip', 'address.postalCode', 'string'],
  ['properties.country', 'address.country', 'string'],
  ['properties.lifecyclestage', 'stage', 'string'],
  ['properties.hubspot_owner_id', 'ownerId', 'reference'],
];
const HUBSPOT_COMPANY: readonly Row[] = [
  ['properties.name', 'name', 'string', required],
  ['properties.domain', 'domain', 'string'],
  ['properties.industry', 'industry', 'string'],
  ['properties.phone', 'phone', 'phone', { validation: { region: 'US' } }],
  ['properties.city', 'address.city', 'string'],
  ['properties.country', 'address.country', 'string'],
  ['properties.numberofemployees', 'employees', 'integer', { validation: { min: 0 } }],
  ['properties.hubspot_owner_id', 'ownerId', 'reference'],
];
const HUBSPOT_DEAL: readonly Row[] = [
  ['properties.dealname', 'name', 'string', required],
  ['properties.amount', 'amount', 'currency'],
  ['properties.dealstage', 'stage', 'string'],
  ['properties.pipeline', 'pipeline', 'string'],
  ['properties.closedate', 'closesAt', 'datetime'],
  ['properties.dealtype', 'kind', 'string'],
  ['properties.hubspot_owner_id', 'ownerId', 'reference'],
];
/** https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/sforce_api_objects_lead.htm and its neighbours. */
const SALESFORCE_LEAD: readonly Row[] = [
  ['FirstName', 'firstName', 'string'],
  ['LastName', 'lastName', 'string', required],
  ['Email', 'email', 'email'],
  ['Phone', 'phone', 'phone', { validation: { region: 'US' } }],
  ['Company', 'companyName', 'string', required],
  ['Title', 'jobTitle', 'string'],
  ['Status', 'stage', 'string'],
  ['OwnerId', 'ownerId', 'reference'],
];
const SALESFORCE_CONTACT: readonly Row[] = [
  ['FirstName', 'firstName', 'string'],
  ['LastName', 'lastName', 'string', required],
  ['Email', 'email', 'email'],
  ['Phone', 'phone', 'phone', { validation: { region: 'US' } }],
  ['Title', 'jobTitle', 'string'],
  ['AccountId', 'companyId', 'reference'],
  ['MailingStreet', 'address.street', 'string'],
  ['MailingCity', 'address.city', 'string'],
  ['MailingCountry', 'address.country', 'string'],
  ['OwnerId', 'ownerId', 'reference'],
];
const SALESFORCE_ACCOUNT: readonly Row[] = [
  ['Name', 'name', 'string', required],
  ['Website', 'website', 'string'],
  ['Industry', 'industry', 'string'],
  ['Phone', 'phone', 'phone', { validation: { region: 'US' } }],
  ['BillingCity', 'address.city', 'string'],
  ['BillingCountry', 'address.country', 'string'],
  ['NumberOfEmployees', 'employees', 'integer', { validation: { min: 0 } }],
  ['OwnerId', 'ownerId', 'reference'],
];
const SALESFORCE_OPPORTUNITY: readonly Row[] = [
  ['Name', 'name', 'string', required],
  ['Amount', 'amount', 'currency'],
  ['StageName', 'stage', 'string', required],
  ['CloseDate', 'closesOn', 'date', required],
  ['Probability', 'probability', 'number', { validation: { min: 0, max: 100 } }],
  ['AccountId', 'companyId', 'reference'],
  ['OwnerId', 'ownerId', 'reference'],
];
/** The sandbox CRM's records, as `integrations/sandbox/entities.data.ts` has them. */
const SANDBOX_CONTACT: readonly Row[] = [
  ['attributes.given_name', 'firstName', 'string'],
  ['attributes.family_name', 'lastName', 'string', required],
  ['attributes.email', 'email', 'email'],
  ['attributes.phone', 'phone', 'phone', { validation: { region: 'DE' } }],
  ['attributes.job_title', 'jobTitle', 'string'],
  ['attributes.company', 'companyName', 'string'],
  ['attributes.city', 'address.city', 'string'],
  ['attributes.country', 'address.country', 'string'],
  ['attributes.lifecycle', 'stage', 'string'],
  ['attributes.owner', 'ownerId', 'reference'],
];
const SANDBOX_COMPANY: readonly Row[] = [
  ['attributes.name', 'name', 'string', required],
  ['attributes.domain', 'domain', 'string'],
  ['attributes.industry', 'industry', 'string'],
  ['attributes.phone', 'phone', 'phone', { validation: { region: 'DE' } }],
  ['attributes.city', 'address.city', 'string'],
  ['attributes.country', 'address.country', 'string'],
  ['attributes.employees', 'employees', 'integer', { validation: { min: 0 } }],
  ['attributes.owner', 'ownerId', 'reference'],
];
const SANDBOX_DEAL: readonly Row[] = [
  ['attributes.title', 'name', 'string', required],
  ['attributes.amount', 'amount', 'currency'],
  ['attributes.currency', 'currency', 'string'],
  ['attributes.stage', 'stage', 'string'],
  ['attributes.close_date', 'closesOn', 'date'],
  ['attributes.company', 'companyName', 'string'],
  ['attributes.owner', 'ownerId', 'reference'],
];

function template(
  integrationType: string,
  entityType: string,
  name: string,
  rows: readonly Row[],
): TemplateView {
  return {
    id: `${integrationType}-${entityType}`,
    name,
    integrationType,
    entityType,
    mappings: rows.map(([externalField, internalField, fieldType, more]) => ({
      ...{ externalField, internalField, fieldType },
      isRequired: more?.required ?? false,
      defaultValue: null,
      transformation: null,
      language: null,
      validation: more?.validation ?? {},
    })),
  };
}

/** https://developers.notion.com/reference/page; `title` and `values` are plain readings of its properties. */
const NOTION_PAGE: readonly Row[] = [
  ['title', 'title', 'string'],
  ['url', 'url', 'url'],
  ['parent.type', 'parentType', 'string'],
  ['created_time', 'createdAt', 'datetime'],
  ['last_edited_time', 'editedAt', 'datetime'],
  ['values', 'properties', 'object'],
];

/** https://docs.github.com/rest/issues/issues and https://docs.github.com/rest/releases/releases */
const GITHUB_ISSUE: readonly Row[] = [
  ['title', 'title', 'string', required],
  ['number', 'number', 'integer'],
  ['repository', 'repository', 'string'],
  ['state', 'state', 'string'],
  ['html_url', 'url', 'url'],
  ['user.login', 'author', 'string'],
  ['assignees[*].login', 'assignees', 'array'],
  ['labels[*].name', 'labels', 'array'],
  ['milestone.title', 'milestone', 'string'],
  ['comments', 'comments', 'integer'],
  ['body', 'text', 'string'],
  ['created_at', 'createdAt', 'datetime'],
  ['closed_at', 'closedAt', 'datetime'],
];
const GITHUB_RELEASE: readonly Row[] = [
  ['tag_name', 'tag', 'string', required],
  ['name', 'title', 'string'],
  ['repository', 'repository', 'string'],
  ['html_url', 'url', 'url'],
  ['prerelease', 'prerelease', 'boolean'],
  ['author.login', 'author', 'string'],
  ['body', 'text', 'string'],
  ['published_at', 'publishedAt', 'datetime'],
];

/** https://docs.slack.dev/reference/objects/conversation-object and https://docs.slack.dev/reference/objects/user-object */
const SLACK_CHANNEL: readonly Row[] = [
  ['name', 'name', 'string', required],
  ['topic.value', 'topic', 'string'],
  ['purpose.value', 'purpose', 'string'],
  ['num_members', 'members', 'integer'],
  ['is_archived', 'archived', 'boolean'],
  ['created', 'createdAt', 'datetime'],
];
const SLACK_USER: readonly Row[] = [
  ['called', 'name', 'string', required],
  ['profile.real_name', 'fullName', 'string'],
  ['profile.title', 'jobTitle', 'string'],
  ['profile.email', 'email', 'email'],
  ['tz', 'timezone', 'string'],
  ['is_bot', 'bot', 'boolean'],
];

/** Columns are named by each sheet's own header: all of them come. A row's number says nothing once another is put above it. */
const GOOGLE_SHEETS_ROW: readonly Row[] = [
  ['title', 'title', 'string', required],
  ['cells', 'cells', 'object'],
];

/** Mappings to begin with: applying one makes copies that an organisation edits as it likes. */
export const MAPPING_TEMPLATES: readonly TemplateView[] = [
  template('hubspot', 'contact', 'HubSpot contact', HUBSPOT_CONTACT),
  template('hubspot', 'company', 'HubSpot company', HUBSPOT_COMPANY),
  template('hubspot', 'deal', 'HubSpot deal', HUBSPOT_DEAL),
  template('salesforce', 'lead', 'Salesforce lead', SALESFORCE_LEAD),
  template('salesforce', 'contact', 'Salesforce contact', SALESFORCE_CONTACT),
  template('salesforce', 'company', 'Salesforce account', SALESFORCE_ACCOUNT),
  template('salesforce', 'opportunity', 'Salesforce opportunity', SALESFORCE_OPPORTUNITY),
  template('sandbox_crm', 'contact', 'Sandbox CRM contact', SANDBOX_CONTACT),
  template('sandbox_crm', 'company', 'Sandbox CRM company', SANDBOX_COMPANY),
  template('sandbox_crm', 'deal', 'Sandbox CRM deal', SANDBOX_DEAL),
  template('notion', 'page', 'Notion page', NOTION_PAGE),
  template('google_sheets', 'row', 'Google Sheets row', GOOGLE_SHEETS_ROW),
  template('slack', 'channel', 'Slack channel', SLACK_CHANNEL),
  template('slack', 'user', 'Slack person', SLACK_USER),
  template('github', 'issue', 'GitHub issue', GITHUB_ISSUE),
  template('github', 'release', 'GitHub release', GITHUB_RELEASE),
];
