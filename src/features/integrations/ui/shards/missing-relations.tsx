'use client';
import { useTranslations } from 'next-intl';
import { useLiveDoc } from '@/client/use-live-query';
import { crmConnectionModel } from '@/features/crm/schema';

/** Says that records belong to others that do not come; nothing while all is well. */
export function MissingRelations({ id }: { id: string }) {
  const t = useTranslations('shards');
  const { item } = useLiveDoc(crmConnectionModel, id);
  if (!item || item.missingRelations === 0) return null;
  return (
    <p role="status" className="rounded-lg border border-warn/40 bg-warn-tint p-3 text-sm">
      {t('missing', { count: item.missingRelations })}
    </p>
  );
}
