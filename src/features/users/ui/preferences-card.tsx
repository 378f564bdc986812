'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useSession } from '@/client/session';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { THEMES, useTheme } from '@/ui/preferences';
import { RadioGroup } from '@/ui/radio-group';
import { SegmentedControl } from '@/ui/segmented-control';
import { Skeleton } from '@/ui/skeleton';
import { Switch } from '@/ui/switch';
import type { UserSettings } from '../schema';
import { writeSettings } from './write-settings';

type Notifications = UserSettings['notifications'];

const DIGESTS = ['immediate', 'daily', 'weekly'] as const;
const NIGHT = { from: '22:00', to: '07:00' };

/** Theme and when notifications arrive. Each choice takes effect at once, here and on other devices. */
export function PreferencesCard() {
  const t = useTranslations('settings.preferences');
  const { user, settings } = useSession();
  const [theme, setTheme] = useTheme();
  const [error, setError] = useState<unknown>(null);
  const write = (next: UserSettings) => {
    setError(null);
    writeSettings(user.uid, next).catch(setError);
  };
  if (!settings) return <Skeleton className="h-64" />;
  const notify = (change: Partial<Notifications>) =>
    write({ ...settings, notifications: { ...settings.notifications, ...change } });
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
              write({ ...settings, theme: next });
            }}
          />
        </div>
        <RadioGroup
          label={t('digest')}
          value={settings.notifications.digest}
          options={DIGESTS.map((value) => ({
            value,
            label: t(`digests.${value}`),
            description: t(`digestHints.${value}`),
          }))}
          onValueChange={(digest) => notify({ digest })}
        />
        <QuietHours
          value={settings.notifications.quietHours}
          onChange={(quietHours) => notify({ quietHours })}
        />
        {error !== null && <ErrorState error={error} compact />}
      </div>
    </Card>
  );
}

function QuietHours(props: {
  value: Notifications['quietHours'];
  onChange: (value: Notifications['quietHours']) => void;
}) {
  const t = useTranslations('settings.preferences');
  const { value, onChange } = props;
  return (
    <div className="grid gap-3">
      <Switch
        label={t('quiet')}
        description={t('quietHint')}
        checked={value !== null}
        onCheckedChange={(on) => onChange(on ? NIGHT : null)}
      />
      {value && (
        <div className="flex flex-wrap gap-3">
          <Field label={t('quietFrom')}>
            <Input
              type="time"
              value={value.from}
              onChange={(event) => event.target.value && onChange({ ...value, from: event.target.value })}
            />
          </Field>
          <Field label={t('quietTo')}>
            <Input
              type="time"
              value={value.to}
              onChange={(event) => event.target.value && onChange({ ...value, to: event.target.value })}
            />
          </Field>
        </div>
      )}
    </div>
  );
}
