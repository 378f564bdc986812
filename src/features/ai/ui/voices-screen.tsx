'use client';

import { AudioLines } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, useQueryState } from 'nuqs';
import { useCallback } from 'react';
import { useCan, useSession } from '@/client/session';
import { Badge } from '@/ui/badge';
import { LibraryTable } from './library-table';
import { useAiSettings } from './use-ai-settings';
import { useVoices, type VoiceHead } from './use-library';
import { useMemberNames } from './use-usage';
import { VoiceEditor } from './voice-editor';

const NEW = 'new';

/** How the organisation sounds: voices, each with its versions. What is open is in the address. */
export function VoicesScreen() {
  const t = useTranslations('ai.voices');
  const { organization } = useSession();
  const voices = useVoices(organization.id);
  const names = useMemberNames(organization.id);
  const settings = useAiSettings(organization.id, useCan('ai.manage'));
  const [open, setOpen] = useQueryState('open', parseAsString);
  const defaultId = settings.data?.defaultVoiceId;
  const mark = useCallback(
    (head: VoiceHead) => head.id === defaultId && <Badge tone="iris">{t('default')}</Badge>,
    [defaultId, t],
  );
  const head = voices.items.find((one) => one.id === open) ?? null;
  const close = () => void setOpen(null);
  return (
    <>
      <p className="max-w-[68ch] text-base text-muted">{t('intro')}</p>
      <LibraryTable
        kind="voices"
        heads={voices.items}
        loading={voices.status === 'loading'}
        error={voices.error}
        onRetry={voices.retry}
        onOpen={setOpen}
        onCreate={() => void setOpen(NEW)}
        icon={<AudioLines />}
        names={names}
        mark={mark}
      />
      {open === NEW && <VoiceEditor key={NEW} head={null} names={names} onClose={close} />}
      {head && <VoiceEditor key={head.id} head={head} names={names} onClose={close} />}
    </>
  );
}
