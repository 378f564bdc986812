'use client';

import { useTranslations } from 'next-intl';
import { useSession } from '@/client/session';
import { useChannels } from '@/features/platforms/ui/use-channels';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { LinkButton } from '@/ui/link-button';
import { NetworkMark } from '@/ui/network-mark';
import { Select } from '@/ui/select';
import type { SettingsPartProps } from './settings-screen';
import { useVoices } from './use-library';

/** Which voice writes by default, and where another one does. */
export function VoicesCard({ values, set, wrong }: SettingsPartProps) {
  const t = useTranslations('ai.settings.voices');
  const { organization } = useSession();
  const voices = useVoices(organization.id);
  const { channels } = useChannels(organization.id);
  const options = voices.items
    .filter((voice) => voice.status === 'published')
    .map(({ id, name }) => ({ value: id, label: name }));
  const none = voices.status !== 'loading' && options.length === 0;
  return (
    <Card
      title={t('title')}
      description={t(none ? 'none' : 'description')}
      actions={none && <LinkButton href="/ai/voices?open=new">{t('create')}</LinkButton>}
    >
      {voices.error ? (
        <ErrorState error={voices.error} onRetry={voices.retry} compact />
      ) : (
        <div className="grid items-end gap-4 sm:grid-cols-2 lg:grid-cols-3">
          <Field label={t('default')} error={wrong('defaultVoiceId') ? t('fault') : undefined}>
            <Select
              value={values.defaultVoiceId}
              placeholder={t('noVoice')}
              options={options}
              onValueChange={(defaultVoiceId) => set({ defaultVoiceId })}
            />
          </Field>
          {channels.map((channel) => (
            <Field
              key={channel.id}
              label={
                <span className="inline-flex items-center gap-1.5">
                  <NetworkMark platform={channel.platform} />
                  {channel.displayName}
                </span>
              }
              error={wrong(`channelVoices.${channel.id}`) ? t('fault') : undefined}
            >
              <Select
                value={values.channelVoices[channel.id] ?? ''}
                placeholder={t('asDefault')}
                options={options}
                onValueChange={(voice) =>
                  set({ channelVoices: { ...values.channelVoices, [channel.id]: voice } })
                }
              />
            </Field>
          ))}
        </div>
      )}
    </Card>
  );
}
