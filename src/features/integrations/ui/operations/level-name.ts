import type { useTranslations } from 'next-intl';
import type { RateLimitsView } from '../../limits/schema';

type Words = ReturnType<typeof useTranslations<'operations.limits'>>;

/** What a level is called; kinds of call without a word of ours go by the vendor's name. */
export function levelName(
  t: Words,
  { level, operation }: Pick<RateLimitsView['levels'][number], 'level' | 'operation'>,
): string {
  const name = t(`level.${level}`);
  if (operation === null) return name;
  const key = `operation.${operation}` as 'operation.call';
  return t('levelOf', { level: name, operation: t.has(key) ? t(key) : operation });
}
