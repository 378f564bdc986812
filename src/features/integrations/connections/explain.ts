import type { ExternalServiceError } from '@/core/errors';

/** Failures whose sentence is ours, not the vendor's. */
const OURS: ReadonlySet<string> = new Set([
  'missing_scope',
  'cursor_stuck',
  'needs_reauth',
  'sandbox_disabled',
  'unexpected_shape',
  'unknown_field',
  'settings_refused',
]);

/** What a person is told of a vendor's failure: from its class alone, since a vendor's own words may hold anything. */
export function explainFailure(error: ExternalServiceError): string {
  if (OURS.has(error.vendorCode ?? '')) return error.message;
  switch (error.kind) {
    case 'auth_expired':
      return 'The vendor no longer accepts this connection. Reconnect it.';
    case 'rate_limit':
    case 'quota':
      return 'The vendor takes no more calls just now. Syncing goes on by itself later.';
    case 'unavailable':
    case 'timeout':
      return 'The vendor does not answer just now. Nothing is lost; it is tried again by itself.';
    default:
      return 'The vendor refused a request. Check that the connection still has all permissions, and reconnect it if not.';
  }
}
