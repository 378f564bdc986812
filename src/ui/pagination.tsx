'use client';

import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { IconButton } from './icon-button';

export type PaginationProps = {
  onPrevious?: (() => void) | undefined;
  onNext?: (() => void) | undefined;
  /** "1–50 of 312", or the page's own words. */
  label?: string | undefined;
};

/** Back and forth through cursor pages; a side that is missing is disabled. Prefer `LoadMore` for lists. */
export function Pagination({ onPrevious, onNext, label }: PaginationProps) {
  const t = useTranslations('common');
  return (
    <nav aria-label={t('pages')} className="flex items-center gap-2 text-sm text-muted">
      <span role="status" className="tabular-nums">
        {label}
      </span>
      <IconButton
        label={t('previousPage')}
        icon={<ChevronLeft aria-hidden="true" />}
        variant="secondary"
        size="sm"
        disabled={!onPrevious}
        onClick={onPrevious}
      />
      <IconButton
        label={t('nextPage')}
        icon={<ChevronRight aria-hidden="true" />}
        variant="secondary"
        size="sm"
        disabled={!onNext}
        onClick={onNext}
      />
    </nav>
  );
}
