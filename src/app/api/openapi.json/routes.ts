import 'server-only';

/** Every API route. Written by `npm run openapi`; a test fails when a route is missing. */
export const ROUTES: readonly Record<string, unknown>[] = [];
