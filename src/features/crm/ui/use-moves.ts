'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { toast } from '@/ui/toast';
import type { RecordDetailView } from '../schema';
import type { PipelineRecord } from './pipeline-record';

/** Where records were put that the listener has not reported yet, with the version they had. */
type Ahead = Readonly<Record<string, { stage: string; version: number }>>;

/**
 * Moves records to other stages: shown at once, written through the same change of a field as everywhere, taken back by Undo, and
 * put back when it fails.
 */
export function useMoves(labelOf: (stage: string | null) => string) {
  const t = useTranslations('pipeline');
  const [ahead, setAhead] = useState<Ahead>({});
  const [said, setSaid] = useState('');
  const forget = (id: string) =>
    setAhead((known) => Object.fromEntries(Object.entries(known).filter(([other]) => other !== id)));

  const write = async (record: PipelineRecord, version: number, stage: string | null) => {
    try {
      return await api<RecordDetailView>('PATCH', `/api/crm/records/${record.id}`, {
        headers: { 'if-match': `"${version}"` },
        body: { fields: { stage } },
      });
    } catch (cause) {
      forget(record.id);
      const stale = cause instanceof ApiProblem && cause.code === 'stale_version';
      const why = cause instanceof ApiProblem ? cause.detail : undefined;
      toast.error(t('notMoved', { name: record.title }), { description: stale ? t('stale') : why });
      setSaid(t('notMoved', { name: record.title }));
      return null;
    }
  };

  const move = async (record: PipelineRecord, stage: string) => {
    const before = record.stage;
    if (before === stage) return;
    setAhead((known) => ({ ...known, [record.id]: { stage, version: record.version } }));
    const name = t('moved', { name: record.title, stage: labelOf(stage) });
    const written = await write(record, record.version, stage);
    if (!written) return;
    setSaid(name);
    toast.success(name, {
      action: {
        label: t('undo'),
        onClick: () => {
          if (before !== null)
            setAhead((known) => ({ ...known, [record.id]: { stage: before, version: written.version } }));
          void write(record, written.version, before).then(
            (undone) => undone && setSaid(t('undone', { name: record.title })),
          );
        },
      },
    });
  };

  /** The records with what was done and is not reported yet. */
  const withMoves = (records: readonly PipelineRecord[]): PipelineRecord[] =>
    records.map((record) => {
      const put = ahead[record.id];
      return put && record.version <= put.version ? { ...record, stage: put.stage } : record;
    });

  return { move, withMoves, said };
}
