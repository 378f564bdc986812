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
  'missing_scope',
]);

/** How the way over a vendor's consent page ended: told by the address it led back to. */
export function ConnectResult() {
  const t = useTranslations('integrations.connections');
  const router = useRouter();
  const path = usePathname();
  const query = useSearchParams();
  const failed = query.get('connect_error');
  if (!failed && !query.get('connected')) return null;
  const reason = failed && KNOWN.has(failed) ? t(`failed.${failed}`) : t('failed.other');
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
        {failed && <p className="font-semibold">{t('failed.title')}</p>}
        <p>{failed ? reason : t('connectedNow')}</p>
      </div>
      <IconButton
        label={t('dismiss')}
        icon={<X />}
        variant="ghost"
        size="sm"
        onClick={() => router.replace(path)}
      />
    </div>
  );
}
