import 'server-only';
import { expectShape, type PlatformHttp } from '@/features/platforms/providers/http';
import type { AccountFacts } from '@/features/platforms/providers/types';
import { USER_FIELDS, type XHosts, xUser } from '@/features/platforms/providers/x/api';
import { xRules } from '@/features/platforms/rules/networks/x';

/** Who the token belongs to, and what the subscription allows. */
export async function readAccount(
  http: PlatformHttp,
  hosts: XHosts,
  call: { token: string; owner: string; now: Date; signal: AbortSignal },
): Promise<AccountFacts> {
  const answer = await http.call(call.owner, {
    url: `${hosts.api}/2/users/me?user.fields=${USER_FIELDS}`,
    token: call.token,
    signal: call.signal,
  });
  const { data } = expectShape('x', xUser, answer);
  const paid = data.subscription_type !== undefined && data.subscription_type !== 'None';
  return {
    accountId: data.id,
    handle: data.username,
    displayName: data.name,
    ...(data.profile_image_url ? { avatarUrl: data.profile_image_url } : {}),
    profileUrl: `https://x.com/${data.username}`,
    limits: {
      ...(paid && xRules.text.longMax ? { textMax: xRules.text.longMax.value } : {}),
      readAt: call.now.toISOString(),
    },
  };
}
