'use client';
import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { connectionModel } from '@/features/platforms/schema';
import { Checkbox } from '@/ui/checkbox';

interface ChannelChoiceProps {
  chosen: readonly string[];
  onChange: (channelIds: string[]) => void;
}

/** Which of the organisation's channels; none means all. */
export function ChannelChoice({ chosen, onChange }: ChannelChoiceProps) {
  const t = useTranslations('organization.channels');
  const { organization } = useSession();
  const { items } = useLiveQuery({
    model: connectionModel,
    where: [['organizationId', '==', organization.id]],
    limit: 200,
  });
  const toggle = (id: string, on: boolean) =>
    onChange(on ? [...chosen, id] : chosen.filter((one) => one !== id));
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-sm font-medium">{t('title')}</legend>
      <p className="text-xs text-muted">{items.length === 0 ? t('none') : t('hint')}</p>
      {items.map((channel) => (
        <Checkbox
          key={channel.id}
          label={channel.displayName}
          description={channel.handle}
          checked={chosen.includes(channel.id)}
          onCheckedChange={(on) => toggle(channel.id, on)}
        />
      ))}
    </fieldset>
  );
}
