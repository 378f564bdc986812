'use client';
import { ArrowRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Badge, type Tone } from '@/ui/badge';
import type { SyncDiff } from '../sync/schema';

const TONES: Record<SyncDiff['change'], Tone> = {
  create: 'ok',
  update: 'info',
  delete: 'danger',
  conflict: 'warn',
};

/** What a sync would do: what comes in, what goes out, and what would wait for a person, field by field. */
export function SyncPreview({ diffs }: { diffs: readonly SyncDiff[] }) {
  const t = useTranslations('integrations.preview');
  const groups = [
    { name: 'in', diffs: diffs.filter((one) => one.direction === 'in' && one.change !== 'conflict') },
    { name: 'out', diffs: diffs.filter(({ direction }) => direction === 'out') },
    { name: 'review', diffs: diffs.filter(({ change }) => change === 'conflict') },
  ] as const;
  if (diffs.length === 0) return <span className="text-muted">{t('nothing')}</span>;
  return (
    <div className="grid gap-3 pt-2">
      {groups.map(
        (group) =>
          group.diffs.length > 0 && (
            <details key={group.name} open className="rounded-lg border border-line">
              <summary className="cursor-pointer rounded-lg px-3 py-2 font-medium text-ink">
                {t(group.name, { count: group.diffs.length })}
              </summary>
              <ul className="divide-y divide-line border-t border-line">
                {group.diffs.map((diff) => (
                  <li
                    key={`${diff.entity}-${diff.externalId}-${diff.direction}-${diff.change}`}
                    className="grid gap-1 px-3 py-2"
                  >
                    <OneDiff diff={diff} />
                  </li>
                ))}
              </ul>
            </details>
          ),
      )}
    </div>
  );
}

function OneDiff({ diff }: { diff: SyncDiff }) {
  const t = useTranslations('integrations.preview');
  const fields = diff.fields.filter(({ before, after }) => !isNothing(before) || !isNothing(after));
  return (
    <>
      <p className="flex flex-wrap items-center gap-2">
        <Badge tone={TONES[diff.change]}>{t(`change.${diff.change}`)}</Badge>
        <span className="min-w-0 break-words font-medium text-ink">{nameOf(diff)}</span>
      </p>
      {fields.length > 0 && (
        <dl className="grid gap-1">
          {fields.map(({ field, before, after }) => (
            <div key={field} className="grid gap-x-3 sm:grid-cols-[10rem_minmax(0,1fr)]">
              <dt className="font-mono text-xs leading-5 break-all text-muted">{field}</dt>
              <dd className="flex min-w-0 flex-wrap items-center gap-x-2 text-sm">
                {diff.change === 'conflict' ? (
                  <span className="min-w-0 break-words">
                    {t('sides', { ours: shown(before), theirs: shown(after) })}
                  </span>
                ) : (
                  <>
                    {!isNothing(before) && (
                      <>
                        <del className="min-w-0 break-words text-muted">{shown(before)}</del>
                        <ArrowRight size={14} aria-hidden="true" className="text-muted" />
                      </>
                    )}
                    <ins className="min-w-0 break-words text-ink no-underline">{shown(after)}</ins>
                  </>
                )}
              </dd>
            </div>
          ))}
        </dl>
      )}
    </>
  );
}

/** A record that is not here yet is called by what it brings. */
function nameOf({ title, fields, externalId }: SyncDiff): string {
  if (title) return title;
  const value = (name: string) => fields.find(({ field }) => field === name)?.after;
  const words = ['name', 'firstName', 'lastName'].map(value).filter((one) => typeof one === 'string');
  return words.join(' ') || shown(value('email') ?? `#${externalId}`);
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || value === '';
}

function shown(value: unknown): string {
  if (isNothing(value)) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
