'use client';
import { useTranslations } from 'next-intl';
import { useClientConfig } from '@/client/config';
import { useSession } from '@/client/session';
import type { UserSettings } from '@/features/users/schema';
import { writeSettings } from '@/features/users/ui/write-settings';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { RadioGroup } from '@/ui/radio-group';
import { Skeleton } from '@/ui/skeleton';
import { useAttempt } from '@/ui/use-attempt';
import { QuietHours } from './quiet-hours';
import { ThisBrowser } from './this-browser';
import { TypeTable } from './type-table';

type Notifications = UserSettings['notifications'];

const DIGESTS = ['immediate', 'daily', 'weekly'] as const;

/** What a person hears of, by which way and when. Each choice takes effect at once. */
export function NotificationPreferences() {
  const t = useTranslations('notifications.preferences');
  const when = useTranslations('settings.preferences');
  const { user, settings } = useSession();
  const { email, push } = useClientConfig();
  const { error, attempt } = useAttempt();
  if (!settings) return <Skeleton className="h-96" />;
  const { notifications } = settings;
  const change = (part: Partial<Notifications>) =>
    attempt(() => writeSettings(user.uid, { ...settings, notifications: { ...notifications, ...part } }));
  return (
    <div id="notifications" className="scroll-mt-16">
      <Card title={t('title')} description={t('body')}>
        <div className="grid gap-6">
          {email ? (
            <p className="text-sm text-muted">{t('address', { email: user.email })}</p>
          ) : (
            <p className="rounded-lg border border-warn/40 bg-warn-tint px-4 py-2.5 text-sm">{t('noMail')}</p>
          )}
          <ThisBrowser />
          <TypeTable
            muted={notifications.muted}
            onChange={(muted) => change({ muted })}
            mail={email}
            push={push !== null}
          />
          {email && (
            <RadioGroup
              label={when('digest')}
              value={notifications.digest}
              options={DIGESTS.map((value) => ({
                value,
                label: when(`digests.${value}`),
                description: when(`digestHints.${value}`),
              }))}
              onValueChange={(digest) => change({ digest })}
            />
          )}
          {(email || push !== null) && (
            <QuietHours value={notifications.quietHours} onChange={(quietHours) => change({ quietHours })} />
          )}
          {error !== null && <ErrorState error={error} compact />}
        </div>
      </Card>
    </div>
  );
}
