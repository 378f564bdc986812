'use client';
import { useFormatter, useTranslations } from 'next-intl';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import type { Pair, useDecisions } from './use-duplicates';

/** From here on a pair is among the surest. */
const SUREST = 0.9;

/** One word for many pairs. */
export function DuplicatesBulk(props: {
  pairs: readonly Pair[];
  marked: ReadonlySet<string>;
  onMark: (marked: ReadonlySet<string>) => void;
  decisions: ReturnType<typeof useDecisions>;
}) {
  const { pairs, marked, onMark, decisions } = props;
  const t = useTranslations('duplicates.bulk');
  const format = useFormatter();
  const chosen = pairs.filter(({ id }) => marked.has(id));
  const none = chosen.length === 0;
  const settle = async (action: 'merge' | 'keep_apart') => {
    await decisions.resolveAll(chosen, action);
    onMark(new Set());
  };
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Checkbox
        label={t('all')}
        checked={chosen.length === pairs.length}
        indeterminate={!none && chosen.length < pairs.length}
        onCheckedChange={(on) => onMark(new Set(on ? pairs.map(({ id }) => id) : []))}
      />
      <Button
        size="sm"
        variant="ghost"
        onClick={() => onMark(new Set(pairs.flatMap(({ id, score }) => (score >= SUREST ? [id] : []))))}
      >
        {t('surest', { score: format.number(SUREST, { style: 'percent' }) })}
      </Button>
      <Button size="sm" disabled={none} loading={decisions.busy} onClick={() => void settle('merge')}>
        {t('merge', { count: chosen.length })}
      </Button>
      <Button size="sm" disabled={none} loading={decisions.busy} onClick={() => void settle('keep_apart')}>
        {t('apart', { count: chosen.length })}
      </Button>
    </div>
  );
}
