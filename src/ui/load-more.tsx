'use client';

import { useTranslations } from 'next-intl';
import { Button } from './button';

export type LoadMoreProps = {
  hasMore: boolean;
  loading?: boolean | undefined;
  onLoadMore: () => void;
  /** How many are shown now; read out after more arrive. */
  shown?: number | undefined;
};

/** The end of a cursor-paged list: more, or the end. */
export function LoadMore({ hasMore, loading = false, onLoadMore, shown }: LoadMoreProps) {
  const t = useTranslations('common');
  return (
    <div className="flex items-center justify-center gap-3 py-3 text-sm text-muted">
      {hasMore && (
        <Button loading={loading} onClick={onLoadMore}>
          {t('loadMore')}
        </Button>
      )}
      <span role="status">
        {shown === undefined ? '' : t('shown', { count: shown, more: hasMore ? 'yes' : 'no' })}
      </span>
    </div>
  );
}
