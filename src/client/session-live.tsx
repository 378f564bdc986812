'use client';
import { useEffect } from 'react';
import type { DocOf } from '@/core/db/model';
import { memberModel, organizationModel } from '@/features/organizations/schema';
import { userModel } from '@/features/users/schema';
import { useLiveDoc } from './use-live-query';

/** What the listeners say of the signed-in person; null until it arrived. */
export interface SessionFacts {
  account: DocOf<typeof userModel> | null;
  membership: DocOf<typeof memberModel> | null;
  home: DocOf<typeof organizationModel> | null;
  /** The person is no longer a member here. */
  ended: boolean;
}

interface Props {
  uid: string;
  organizationId: string;
  onFacts: (facts: SessionFacts) => void;
}

/**
 * Listens to the person's account, membership and organisation. Draws nothing, and is loaded after the page: the server's
 * answer is on the screen already, and schemas and listeners need not hold up the first paint.
 */
export default function SessionLive({ uid, organizationId, onFacts }: Props) {
  const account = useLiveDoc(userModel, uid).item;
  const member = useLiveDoc(memberModel, uid, { orgId: organizationId });
  const home = useLiveDoc(organizationModel, organizationId).item;
  const membership = member.item;
  const ended = member.error?.code === 'permission-denied' || (member.status === 'live' && !membership);
  useEffect(() => {
    onFacts({ account, membership, home, ended });
  }, [account, membership, home, ended, onFacts]);
  return null;
}
