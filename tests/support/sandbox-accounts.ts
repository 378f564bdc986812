import * as accountsRoute from '@/app/api/accounts/route';
import { call, team } from './accounts';
import { newHandle, sandboxChannel } from './content';

/** People of each role below the owner's. */
export const crew = () => team({ ann: 'admin', mia: 'member', vic: 'viewer' });
export type Crew = Awaited<ReturnType<typeof crew>>;

/** Ann begins to connect an account of the practice network. */
export const begin = (org: Crew, more: object = {}) =>
  call<{ authorizationUrl: string }>(accountsRoute.POST, {
    path: '/api/accounts',
    body: { platform: 'sandbox', ...more },
    as: org.ann,
    organizationId: org.organizationId,
  });

/** An account that Ann connected, without the way through the consent page. */
export async function connected(org: Crew, handle = newHandle()): Promise<{ id: string; handle: string }> {
  const id = await sandboxChannel(org.organizationId, org.ann.uid, handle);
  return { id, handle };
}
