'use client';
import { CircleAlert, CircleX } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import type { Finding } from '@/features/platforms/finding-schema';

export interface FindingsListProps {
  findings: readonly Finding[];
  /** A button that settles this one. */
  action?: (finding: Finding) => ReactNode;
}

/** What a network objects to: errors first, each with what to do. */
export function FindingsList({ findings, action }: FindingsListProps) {
  const t = useTranslations('content.findings');
  if (findings.length === 0) return null;
  const sorted = [...findings].sort(
    (a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'),
  );
  return (
    <ul className="grid gap-1.5">
      {sorted.map((finding) => {
        const error = finding.severity === 'error';
        const Icon = error ? CircleX : CircleAlert;
        return (
          <li key={`${finding.code} ${finding.path}`} className="flex items-start gap-1.5 text-sm">
            <Icon
              size={16}
              aria-hidden="true"
              className={error ? 'mt-0.5 shrink-0 text-danger' : 'mt-0.5 shrink-0 text-warn'}
            />
            <span className="min-w-0">
              <span className="sr-only">{error ? t('error') : t('warning')} </span>
              {finding.message} {finding.fix && <span className="text-muted">{finding.fix}</span>}
              {action && <span className="ml-1.5">{action(finding)}</span>}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
