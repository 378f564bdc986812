'use client';

import { WifiOff } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useOnline } from './use-online';

/** Says that the device is offline, what still works, and goes away by itself. The shell shows it once. */
export function OfflineBanner() {
  const t = useTranslations('common');
  const online = useOnline();
  return (
    <div role="status">
      {!online && (
        <p className="flex items-center gap-2 border-b border-warn/40 bg-warn-tint px-4 py-1.5 text-sm text-ink">
          <WifiOff size={16} aria-hidden="true" className="text-warn" />
          {t('offline')}
        </p>
      )}
    </div>
  );
}
