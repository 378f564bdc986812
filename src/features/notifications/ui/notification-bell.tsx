'use client';

import { Bell } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { cn } from '@/ui/cn';
import { IconButton } from '@/ui/icon-button';
import { Sheet } from '@/ui/sheet';
import { NotificationList } from './notification-list';
import { useNotifications } from './use-notifications';

/** The inbox in the top bar: a live count, and the list behind it. */
export default function NotificationBell({ userId }: { userId: string }) {
  const t = useTranslations('notifications');
  const [open, setOpen] = useState(false);
  const inbox = useNotifications(userId);
  const { unread, urgent } = inbox;
  return (
    <>
      <span className="relative inline-flex">
        <IconButton
          label={t(urgent ? 'bellUrgent' : 'bell', { count: unread })}
          icon={Bell}
          aria-haspopup="dialog"
          onClick={() => setOpen(true)}
        />
        {unread > 0 && (
          <span
            aria-hidden="true"
            className={cn(
              'pointer-events-none absolute -top-0.5 -right-0.5 grid h-4 min-w-4 place-items-center rounded-full px-1 text-[10px] leading-none font-semibold tabular-nums',
              // Red is for what waits for a person; everything else is news.
              urgent ? 'bg-danger text-on-danger' : 'bg-iris text-on-iris',
            )}
          >
            {unread > 9 ? '9+' : unread}
          </span>
        )}
        {/* The count changes by itself; say so without moving focus. */}
        <span role="status" className="sr-only">
          {unread > 0 ? t(urgent ? 'bellUrgent' : 'bell', { count: unread }) : ''}
        </span>
      </span>
      <Sheet open={open} onOpenChange={setOpen} title={t('title')}>
        <NotificationList inbox={inbox} onFollow={() => setOpen(false)} />
      </Sheet>
    </>
  );
}
