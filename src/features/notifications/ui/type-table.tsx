'use client';
import { useTranslations } from 'next-intl';
import { Switch } from '@/ui/switch';
import {
  CHANNELS,
  factsOfType,
  muteKey,
  NOTIFICATION_GROUPS,
  NOTIFICATION_TYPES,
  type NotificationChannel,
  type NotificationType,
} from '../types.data';

interface TypeTableProps {
  muted: readonly string[];
  onChange: (muted: string[]) => void;
  /** This installation sends mail. */
  mail: boolean;
  /** And web push. */
  push: boolean;
}

const TYPES = Object.keys(NOTIFICATION_TYPES) as NotificationType[];

/** A row for each kind of notification, a switch for each way it may take. */
export function TypeTable({ muted, onChange, mail, push }: TypeTableProps) {
  const t = useTranslations('notifications.preferences');
  const sent = { in_app: true, email: mail, push };
  const channels = CHANNELS.filter((channel) => sent[channel]);
  const set = (key: string, on: boolean) =>
    onChange(on ? muted.filter((one) => one !== key) : [...new Set([...muted, key])]);
  return (
    <table className="w-full text-left text-sm">
      <caption className="sr-only">{t('title')}</caption>
      <thead className="text-muted">
        <tr>
          <th scope="col" className="h-8 font-normal">
            {t('what')}
          </th>
          {channels.map((channel) => (
            <th key={channel} scope="col" className="h-8 w-16 text-right sm:w-20 font-normal">
              {t(channel)}
            </th>
          ))}
        </tr>
      </thead>
      {NOTIFICATION_GROUPS.map((group) => (
        <tbody key={group}>
          <tr>
            <th
              scope="rowgroup"
              colSpan={channels.length + 1}
              className="border-t border-line pt-3 pb-1 font-semibold"
            >
              {t(`groups.${group}`)}
            </th>
          </tr>
          {TYPES.filter((type) => NOTIFICATION_TYPES[type].group === group).map((type) => (
            <TypeRow key={type} type={type} channels={channels} muted={muted} onSet={set} />
          ))}
        </tbody>
      ))}
    </table>
  );
}

interface TypeRowProps {
  type: NotificationType;
  channels: readonly NotificationChannel[];
  muted: readonly string[];
  onSet: (key: string, on: boolean) => void;
}

function TypeRow({ type, channels, muted, onSet }: TypeRowProps) {
  const t = useTranslations('notifications.preferences');
  const what = t(`types.${type}`);
  const required = factsOfType(type)?.mail === 'required';
  return (
    <tr>
      <th scope="row" className="py-2 pr-3 font-normal">
        {what}
        {required && channels.includes('email') && (
          <span className="block text-xs text-muted">{t('required')}</span>
        )}
      </th>
      {channels.map((channel) => {
        const key = muteKey(type, channel);
        const fixed = required && channel === 'email';
        return (
          <td key={channel} className="py-2 text-right align-middle">
            <Switch
              aria-label={t('switch', { what, channel: t(channel) })}
              checked={fixed || !muted.includes(key)}
              disabled={fixed}
              onCheckedChange={(on) => onSet(key, on)}
            />
          </td>
        );
      })}
    </tr>
  );
}
