import type { IntegrationType } from '../connections/schema';

/** What a connection's secret is bound to: copied to another tenant's record it does not open. */
export function secretContext(type: IntegrationType, organizationId: string): string {
  return `integration_${type}_${organizationId}`;
}
