import { useTranslations } from 'next-intl';
import { cn } from './cn';

/** Marks everything that comes from the sandbox model, network or checkout. Always visible, never hover-only. */
export function SandboxTag({ className }: { className?: string | undefined }) {
  const t = useTranslations('common');
  return (
    <span
      className={cn(
        'stripes inline-flex h-5 items-center rounded-md border border-warn px-1.5 text-xs font-semibold whitespace-nowrap text-ink',
        className,
      )}
    >
      <span className="bg-surface px-1 leading-4.5">{t('sandbox')}</span>
    </span>
  );
}
