import 'server-only';
import type { IntegrationType } from '../connections/schema';
import type { VendorDependencies } from './deps';
import { GitHubAdapter } from './github/adapter';
import { GoogleSheetsAdapter } from './google/adapter';
import { HubSpotAdapter } from './hubspot/adapter';
import { NotionAdapter } from './notion/adapter';
import { SalesforceAdapter } from './salesforce/adapter';
import { SlackAdapter } from './slack/adapter';
import type { IntegrationAdapter } from './types';

/** One line per vendor. */
export function integrationAdapters(
  deps: VendorDependencies,
): ReadonlyMap<IntegrationType, IntegrationAdapter> {
  return new Map<IntegrationType, IntegrationAdapter>([
    ['hubspot', new HubSpotAdapter(deps)],
    ['salesforce', new SalesforceAdapter(deps)],
    ['notion', new NotionAdapter(deps)],
    ['github', new GitHubAdapter(deps)],
    ['slack', new SlackAdapter(deps)],
    ['google_sheets', new GoogleSheetsAdapter(deps)],
  ]);
}
