'use client';
import { useTimeZone } from 'next-intl';
import { useLiveDoc } from '@/client/use-live-query';
import type { ContentSession } from '@/features/content/ui/session';
import { memberModel } from '@/features/organizations/schema';
import { useShellSession } from '../shell/session';

const ALL: readonly string[] = [];

/** What the content screens need of the session: who, where, what is allowed, which channels, which zone. */
export function useContentSession(): {
  session: ContentSession;
  zone: string;
  channelIds: readonly string[];
} {
  const { user, organization, permissions } = useShellSession();
  const member = useLiveDoc(memberModel, user.uid, { orgId: organization.id });
  return {
    session: { organizationId: organization.id, userId: user.uid, permissions },
    zone: useTimeZone() ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    channelIds: member.item?.channelIds ?? ALL,
  };
}
