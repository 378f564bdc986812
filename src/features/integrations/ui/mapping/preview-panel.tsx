'use client';
import { ArrowRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useId, useState } from 'react';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { SegmentedControl } from '@/ui/segmented-control';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { Textarea } from '@/ui/textarea';
import type { SampleView } from '../../connections/schema';
import { readPath } from '../../mapping/paths';
import type { DraftRow } from '../../mapping/rebase';
import type { Preview } from './use-preview';
import { recordFrom, shown } from './words';

export type SampleSource = 'live' | 'pasted';

interface Props {
  rows: readonly DraftRow[];
  source: SampleSource;
  onSource: (source: SampleSource) => void;
  samples: {
    items: readonly SampleView[];
    sample: SampleView | null;
    status: 'off' | 'loading' | 'error' | 'ready';
    error: unknown;
    again: () => void;
  };
  onChoose: (externalId: string) => void;
  pasted: string;
  onPaste: (text: string) => void;
  record: Record<string, unknown> | null;
  preview: Preview & { again: () => void };
}

/** A record before and after, field by field, while the mappings are written. Nothing of it is kept. */
export function PreviewPanel(props: Props) {
  const t = useTranslations('mapping.preview');
  const { preview, record, rows } = props;
  return (
    <Card title={t('title')} description={t('body')}>
      <div className="grid grid-cols-1 gap-3">
        <Sample {...props} />
        <p role="status" className="min-h-4 text-xs text-muted">
          {preview.asking
            ? t('asking')
            : preview.view
              ? t('answered', { count: preview.view.errors.length })
              : ''}
        </p>
        {preview.error !== null && <ErrorState compact error={preview.error} onRetry={preview.again} />}
        {record && preview.view && <Outcome rows={rows} record={record} preview={preview} />}
      </div>
    </Card>
  );
}

function Sample({ source, onSource, samples, onChoose, pasted, onPaste, rows }: Props) {
  const t = useTranslations('mapping.preview');
  const told = pasted.trim() === '' ? null : recordFrom(pasted);
  return (
    <>
      <SegmentedControl<SampleSource>
        aria-label={t('source')}
        size="sm"
        value={source}
        onValueChange={onSource}
        className="justify-self-start"
        options={[
          { value: 'live', label: t('live') },
          { value: 'pasted', label: t('pasted') },
        ]}
      />
      {source === 'pasted' ? (
        <Field
          label={t('json')}
          hint={t('jsonHint')}
          error={told && 'fault' in told ? t(`fault.${told.fault}`) : undefined}
        >
          <Textarea
            rows={6}
            spellCheck={false}
            className="max-h-60 overflow-y-auto font-mono text-sm pointer-coarse:text-lg"
            value={pasted}
            onChange={(event) => onPaste(event.target.value)}
          />
        </Field>
      ) : samples.status === 'off' ? (
        <p className="text-sm text-muted">{t('off')}</p>
      ) : samples.status === 'loading' ? (
        <Skeleton className="h-8" />
      ) : samples.status === 'error' ? (
        <ErrorState compact error={samples.error} safe={t('paste')} onRetry={samples.again} />
      ) : samples.items.length === 0 ? (
        <p className="text-sm text-muted">{t('none')}</p>
      ) : (
        <Field label={t('record')}>
          <Select
            value={samples.sample?.externalId ?? ''}
            options={samples.items.map((one) => ({ value: one.externalId, label: titleOf(one, rows) }))}
            onValueChange={onChoose}
          />
        </Field>
      )}
    </>
  );
}

/** The first mapped texts of a record tell it apart best. */
function titleOf({ externalId, record }: SampleView, rows: readonly DraftRow[]): string {
  const texts = rows.flatMap(({ rule }) => {
    const value = readPath(record, rule.externalField);
    return typeof value === 'string' && value.trim() !== '' ? [value.trim()] : [];
  });
  return [...texts.slice(0, 2), `#${externalId}`].join(' · ');
}

function Outcome({
  rows,
  record,
  preview,
}: {
  rows: readonly DraftRow[];
  record: Record<string, unknown>;
  preview: Preview;
}) {
  const t = useTranslations('mapping.preview');
  const id = useId();
  const [empty, setEmpty] = useState(true);
  const lines = rows.map(({ key, rule }) => ({
    key,
    rule,
    fault: preview.faults.get(rule.externalField),
    before: readPath(record, rule.externalField),
    after: readPath(preview.view?.after ?? {}, rule.internalField),
  }));
  const told = lines.filter(
    ({ before, after, fault }) => fault || shown(before) !== '–' || shown(after) !== '–',
  );
  return (
    <div className="grid grid-cols-1 gap-2">
      <dl id={id} className="grid divide-y divide-line text-sm">
        {(empty ? told : lines).map(({ key, rule, fault, before, after }) => (
          <div key={key} className="grid gap-0.5 py-1.5">
            <dt className="font-mono text-xs break-all text-muted">{rule.internalField || '–'}</dt>
            <dd className="flex min-w-0 flex-wrap items-center gap-x-1.5">
              <span className="min-w-0 break-all text-muted">{shown(before)}</span>
              <ArrowRight size={14} role="img" aria-label={t('becomes')} className="shrink-0 text-muted" />
              {fault ? (
                <span className="min-w-0 text-danger">{fault.message}</span>
              ) : (
                <span className="min-w-0 break-all">{shown(after)}</span>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {told.length < lines.length && (
        <button
          type="button"
          aria-controls={id}
          className="justify-self-start text-sm text-iris-text underline"
          onClick={() => setEmpty(!empty)}
        >
          {empty ? t('showEmpty', { count: lines.length - told.length }) : t('hideEmpty')}
        </button>
      )}
    </div>
  );
}
