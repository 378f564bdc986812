'use client';

import { useTranslations } from 'next-intl';
import { WayBackNotice } from '@/ui/way-back-notice';

const KNOWN = new Set([
  'state_invalid',
  'access_denied',
  'refused',
  'code_missing',
  'forbidden',
  'tier_limit',
  'missing_scope',
  'no_targets',
]);

/** How connecting ended at the network. */
export function ConnectNotice() {
  const t = useTranslations('platforms');
  return (
    <WayBackNotice
      words={{
        connected: t('done.connectedPlain'),
        failed: t('connectError.title'),
        dismiss: t('connectError.dismiss'),
        reason: (code) => (KNOWN.has(code) ? t(`connectError.${code}`) : t('connectError.other')),
      }}
    />
  );
}
