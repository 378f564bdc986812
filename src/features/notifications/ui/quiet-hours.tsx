'use client';
import { useTranslations } from 'next-intl';
import type { UserSettings } from '@/features/users/schema';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Switch } from '@/ui/switch';

type Notifications = UserSettings['notifications'];

const NIGHT = { from: '22:00', to: '07:00' };

/** The hours without mail and web push. */
export function QuietHours(props: {
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
