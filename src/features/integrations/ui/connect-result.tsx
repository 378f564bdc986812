'use client';
import { useTranslations } from 'next-intl';
import { WayBackNotice } from '@/ui/way-back-notice';

const KNOWN = new Set([
  'state_invalid',
  'access_denied',
  'refused',
  'code_missing',
  'forbidden',
  'missing_scope',
]);

/** How connecting ended at the vendor. */
export function ConnectResult() {
  const t = useTranslations('integrations.connections');
  return (
    <WayBackNotice
      words={{
        connected: t('connectedNow'),
        failed: t('failed.title'),
        dismiss: t('dismiss'),
        reason: (code) => (KNOWN.has(code) ? t(`failed.${code}`) : t('failed.other')),
      }}
    />
  );
}
