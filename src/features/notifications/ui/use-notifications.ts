'use client';

import { useLiveQuery } from '@/client/use-live-query';
import { notificationModel } from '../schema';

/** As many as anybody reads; the listener lives as long as the page. */
export const SHOWN = 30;

/** The newest notifications of the signed-in person, live. */
export function useNotifications(userId: string) {
  const live = useLiveQuery({
    model: notificationModel,
    where: [['userId', '==', userId]],
    orderBy: [['createdAt', 'desc']],
    limit: SHOWN,
  });
  const items = live.items.filter((item) => !item.hidden);
  const unread = items.filter((item) => item.readAt === null);
  return { ...live, items, unread: unread.length, urgent: unread.some((item) => item.urgent) };
}
