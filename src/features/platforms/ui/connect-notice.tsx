'use client';

import { CircleCheck, TriangleAlert, X } from 'lucide-react';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { IconButton } from '@/ui/icon-button';

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

/** How the way over a network's consent page ended: told by the address it led back to. */
export function ConnectNotice() {
  const t = useTranslations('platforms');
  const router = useRouter();
  const path = usePathname();
  const query = useSearchParams();
  const failed = query.get('connect_error');
  const connected = query.get('connected');
  if (!failed && !connected) return null;
  const reason = failed && KNOWN.has(failed) ? t(`connectError.${failed}`) : t('connectError.other');
  return (
    <div
      role={failed ? 'alert' : 'status'}
      className={`mb-4 flex items-start gap-3 rounded-lg border p-3 ${failed ? 'border-danger/40 bg-danger-tint' : 'border-ok/40 bg-ok-tint'}`}
    >
      {failed ? (
        <TriangleAlert size={20} aria-hidden="true" className="text-danger" />
      ) : (
        <CircleCheck size={20} aria-hidden="true" className="text-ok" />
      )}
      <div className="grid flex-1 gap-0.5">
        {failed && <p className="font-semibold">{t('connectError.title')}</p>}
        <p>{failed ? reason : t('done.connectedPlain')}</p>
      </div>
      <IconButton
        label={t('connectError.dismiss')}
        icon={<X />}
        variant="ghost"
        size="sm"
        onClick={() => router.replace(path)}
      />
    </div>
  );
}
