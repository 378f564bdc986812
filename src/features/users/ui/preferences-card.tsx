'use client';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { THEMES, useTheme } from '@/ui/preferences';
import { SegmentedControl } from '@/ui/segmented-control';
import { Skeleton } from '@/ui/skeleton';
import { useAttempt } from '@/ui/use-attempt';
import { writeSettings } from './write-settings';

/** How IriSync looks. The choice takes effect at once, here and on other devices. */
export function PreferencesCard() {
  const t = useTranslations('settings.preferences');
  const { user, settings } = useSession();
  const [theme, setTheme] = useTheme();
  const { error, attempt } = useAttempt();
  if (!settings) return <Skeleton className="h-24" />;
  return (
    <Card title={t('title')}>
      <div className="grid gap-6">
        <div className="flex flex-wrap items-center justify-between gap-3">
          <span id="theme-label">{t('theme')}</span>
          <SegmentedControl
            aria-label={t('theme')}
            value={theme}
            options={THEMES.map((value) => ({ value, label: t(`themes.${value}`) }))}
            onValueChange={(next) => {
              setTheme(next);
              void attempt(() => writeSettings(user.uid, { ...settings, theme: next }));
            }}
          />
        </div>
        {error !== null && <ErrorState error={error} compact />}
      </div>
    </Card>
  );
}
