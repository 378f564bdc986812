'use client';
import { GitMerge } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { useAttempt } from '@/ui/use-attempt';

export interface ConflictBannerProps {
  /** Drops what is written here and shows theirs. */
  onTheirs: () => Promise<void>;
  /** Puts what is written here over theirs. */
  onMine: () => void;
}

/** Somebody changed the post meanwhile: nothing is overwritten until the person decides. */
export function ConflictBanner({ onTheirs, onMine }: ConflictBannerProps) {
  const t = useTranslations('content.conflict');
  const { error, attempt } = useAttempt();
  return (
    <div role="alert" className="grid gap-2 rounded-lg border border-warn bg-warn-tint px-4 py-3">
      <p className="flex items-center gap-2 font-medium">
        <GitMerge size={16} aria-hidden="true" className="text-warn" /> {t('title')}
      </p>
      <p className="text-sm">{t('body')}</p>
      <div className="flex flex-wrap gap-2">
        <Button size="sm" onClick={() => void attempt(onTheirs)}>
          {t('theirs')}
        </Button>
        <Button size="sm" onClick={onMine}>
          {t('mine')}
        </Button>
      </div>
      {error !== null && <ErrorState error={error} compact />}
    </div>
  );
}
