'use client';
import { CalendarX } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { useAttempt } from '@/ui/use-attempt';

/** On every page of an organisation that is being deleted: until when, and the way back. */
export function DeletionBanner() {
  const t = useTranslations('organization.deletion');
  const format = useFormatter();
  const { organization, permissions } = useSession();
  const { busy, error, attempt } = useAttempt();
  if (!organization.deletion) return null;
  const restore = async () => {
    await attempt(async () => {
      await api('POST', `/api/organizations/${organization.id}/restore`);
    });
  };
  return (
    <div role="status" className="mb-5 grid gap-2 rounded-lg border border-danger/40 bg-danger-tint p-3">
      <div className="flex flex-wrap items-center gap-3">
        <CalendarX size={16} aria-hidden="true" className="text-danger" />
        <p className="min-w-0 flex-1 text-sm">
          {t('banner', {
            name: organization.name,
            date: format.dateTime(organization.deletion.purgeAt, { dateStyle: 'long' }),
          })}
        </p>
        {permissions.includes('organization.delete') && (
          <Button size="sm" loading={busy} onClick={restore}>
            {t('restore')}
          </Button>
        )}
      </div>
      {error !== null && <ErrorState error={error} compact />}
    </div>
  );
}
