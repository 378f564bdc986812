import 'server-only';
import type { ChangeFeeds } from '../changes/feed';
import type { IntegrationType } from '../connections/schema';
import type { SandboxCrm } from '../sandbox/crm';
import type { VendorDependencies } from './deps';
import { GitHubAdapter } from './github/adapter';
import { GoogleSheetsAdapter } from './google/adapter';
import { HubSpotAdapter } from './hubspot/adapter';
import { NotionAdapter } from './notion/adapter';
import { SalesforceAdapter } from './salesforce/adapter';
import { type PubSubDeps, SalesforceChanges } from './salesforce/pubsub';
import { SandboxCrmAdapter } from './sandbox/adapter';
import { SlackAdapter } from './slack/adapter';
import type { IntegrationAdapter } from './types';

/** One line per vendor. The sandbox CRM lives inside the product and is handed in. */
export function integrationAdapters(
  deps: VendorDependencies,
  sandboxCrm?: SandboxCrm,
): ReadonlyMap<IntegrationType, IntegrationAdapter> {
  return new Map<IntegrationType, IntegrationAdapter>([
    ['hubspot', new HubSpotAdapter(deps)],
    ['salesforce', new SalesforceAdapter(deps)],
    ...(sandboxCrm ? [['sandbox_crm', new SandboxCrmAdapter(deps, sandboxCrm)] as const] : []),
    ['notion', new NotionAdapter(deps)],
    ['github', new GitHubAdapter(deps)],
    ['slack', new SlackAdapter(deps)],
    ['google_sheets', new GoogleSheetsAdapter(deps)],
  ]);
}

/** Vendors that tell of changes over a line that stays open. */
export function changeFeeds(env: PubSubDeps['env']): ChangeFeeds {
  return new Map([['salesforce', new SalesforceChanges({ env })]]);
}
