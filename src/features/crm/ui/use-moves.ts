'use client';
import { useTranslations } from 'next-intl';
import { useRef, useState } from 'react';
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
  const tails = useRef(new Map<string, Promise<number>>());
  const forget = (id: string) =>
    setAhead((known) => Object.fromEntries(Object.entries(known).filter(([other]) => other !== id)));

  const refused = (record: PipelineRecord, cause: unknown) => {
    forget(record.id);
    const stale = cause instanceof ApiProblem && cause.code === 'stale_version';
    const why = cause instanceof ApiProblem ? cause.detail : undefined;
    toast.error(t('notMoved', { name: record.title }), { description: stale ? t('stale') : why });
    setSaid(t('notMoved', { name: record.title }));
  };

  /** One record's moves go one after the other, each from the version that the last one made. @returns whether it went. */
  const put = (record: PipelineRecord, stage: string | null): Promise<boolean> => {
    if (stage === null) forget(record.id);
    else setAhead((known) => ({ ...known, [record.id]: { stage, version: record.version } }));
    const tail = (tails.current.get(record.id) ?? Promise.resolve(0)).then(async (last) => {
      const version = Math.max(last, record.version);
      setAhead((known) => {
        const own = known[record.id];
        return own ? { ...known, [record.id]: { ...own, version } } : known;
      });
      try {
        const written = await api<RecordDetailView>('PATCH', `/api/crm/records/${record.id}`, {
          headers: { 'if-match': `"${version}"` },
          body: { fields: { stage } },
        });
        return written.version;
      } catch (cause) {
        refused(record, cause);
        return 0;
      }
    });
    tails.current.set(record.id, tail);
    return tail.then((version) => version > 0);
  };

  const move = async (record: PipelineRecord, stage: string) => {
    const before = record.stage;
    if (before === stage || !(await put(record, stage))) return;
    const done = t('moved', { name: record.title, stage: labelOf(stage) });
    setSaid(done);
    toast.success(done, {
      action: {
        label: t('undo'),
        onClick: () =>
          void put(record, before).then((undone) => undone && setSaid(t('undone', { name: record.title }))),
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
