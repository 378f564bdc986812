'use client';
import { History } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '@/ui/button';

/** This device had kept something the server does not have. */
export function RestoredNote(props: { outdated: boolean; onKeep: () => void; onDiscard: () => void }) {
  const t = useTranslations('content.restored');
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-3 gap-y-2 rounded-lg bg-info-tint px-4 py-2.5 text-sm"
    >
      <History size={16} aria-hidden="true" className="text-info" />
      <span className="min-w-0 flex-1">{props.outdated ? t('outdated') : t('body')}</span>
      <Button size="sm" onClick={props.onKeep}>
        {t('keep')}
      </Button>
      <Button size="sm" variant="ghost" onClick={props.onDiscard}>
        {t('discard')}
      </Button>
    </div>
  );
}
