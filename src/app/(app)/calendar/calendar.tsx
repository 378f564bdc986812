'use client';
import { CalendarScreen } from '@/features/publishing/ui/calendar/calendar-screen';
import { useContentSession } from '../create/use-content-session';

export function Calendar() {
  const { session, zone } = useContentSession();
  return (
    <CalendarScreen
      key={session.organizationId}
      organizationId={session.organizationId}
      permissions={session.permissions}
      zone={zone}
    />
  );
}
