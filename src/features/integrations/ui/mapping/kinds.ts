import type { useTranslations } from 'next-intl';

const KNOWN = new Set(['contact', 'company', 'deal', 'lead', 'opportunity']);

/** The name of a kind of record; a kind that has none here goes by its own. */
export function nameOfKind(t: ReturnType<typeof useTranslations>, entity: string): string {
  if (KNOWN.has(entity)) return t(`entity.${entity}`);
  return t('entity.other', { name: entity.charAt(0).toUpperCase() + entity.slice(1) });
}
