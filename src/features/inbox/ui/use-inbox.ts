'use client';
import { useEffect, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { inboxItemModel, type RefreshAnswer } from '../schema';

export const SHOWN = 100;
const LOOK_MS = 5_000;

/** What people wrote, live; while this is shown the networks are asked for more. */
export function useInbox(status: 'open' | 'done') {
  const { organization } = useSession();
  const organizationId = organization.id;
  const [unread, setUnread] = useState<RefreshAnswer['unread']>([]);
  useEffect(() => {
    let stopped = false;
    const look = async () => {
      if (document.visibilityState !== 'visible') return;
      try {
        const answer = await api<RefreshAnswer>('POST', '/api/inbox/refresh');
        if (!stopped) setUnread(answer.unread);
      } catch (error) {
        // What is here stays as it is; the next look comes soon, and the worker looks too.
        if (!(error instanceof ApiProblem)) throw error;
      }
    };
    const turn = async () => {
      await look();
      if (!stopped) timer = setTimeout(turn, LOOK_MS);
    };
    let timer = setTimeout(turn, 0);
    return () => {
      stopped = true;
      clearTimeout(timer);
    };
  }, []);
  const live = useLiveQuery({
    model: inboxItemModel,
    where: [
      ['organizationId', '==', organizationId],
      ['status', '==', status],
    ],
    orderBy: [['receivedAt', 'desc']],
    limit: SHOWN,
  });
  return { ...live, unread };
}
