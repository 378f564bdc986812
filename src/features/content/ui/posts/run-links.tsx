'use client';
import { useFormatter, useTranslations } from 'next-intl';
import type { LinkClicks } from '../../link-schema';

/** Short links of one channel's part, with how many people followed them. */
export function RunLinks({ links }: { links: readonly LinkClicks[] }) {
  const t = useTranslations('content.links');
  const format = useFormatter();
  if (links.length === 0) return null;
  return (
    <ul className="grid gap-1.5 text-sm" aria-label={t('list')}>
      {links.map((link) => (
        <li key={link.id} className="flex min-w-0 flex-wrap items-baseline gap-x-3">
          <span className="break-all font-mono text-xs">{link.url}</span>
          {link.clicks !== null && (
            <span className="tabular-nums">
              {t('clicks', { count: link.clicks, shown: format.number(link.clicks) })}
            </span>
          )}
          <span className="w-full truncate text-xs text-muted" title={link.target}>
            {t('leads', { target: link.target })}
          </span>
        </li>
      ))}
    </ul>
  );
}
