'use client';

import { useTranslations } from 'next-intl';
import { parseAsIsoDate, parseAsString, parseAsStringLiteral, useQueryStates } from 'nuqs';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { TASK_TYPES } from '../prices';
import { TRANSACTION_TYPES } from '../schema';

export interface HistoryFilters {
  type: (typeof TRANSACTION_TYPES)[number] | null;
  task: (typeof TASK_TYPES)[number] | null;
  member: string | null;
  from: Date | null;
  to: Date | null;
}

/** The filters, kept in the address so that a view can be shared and survives a reload. */
export function useHistoryFilters() {
  return useQueryStates({
    type: parseAsStringLiteral(TRANSACTION_TYPES),
    task: parseAsStringLiteral(TASK_TYPES),
    member: parseAsString,
    from: parseAsIsoDate,
    to: parseAsIsoDate,
  });
}

/** As the API wants them; days are taken whole. */
export function filterQuery(filters: HistoryFilters): Record<string, string | undefined> {
  return {
    type: filters.type ?? undefined,
    task: filters.task ?? undefined,
    member: filters.member ?? undefined,
    from: day(filters.from),
    to: day(filters.to),
  };
}

const day = (date: Date | null) => date?.toISOString().slice(0, 10);

type Props = {
  filters: HistoryFilters;
  onChange: (change: Partial<HistoryFilters> | null) => void;
  /** Null for members who see only their own rows. */
  members: readonly { id: string; name: string }[] | null;
};

export function HistoryFilterBar({ filters, onChange, members }: Props) {
  const t = useTranslations('tokens');
  const active = Object.values(filters).some((value) => value !== null);
  return (
    <>
      <Field label={t('history.type')} hideLabel className="w-36">
        <Select
          value={filters.type ?? ''}
          placeholder={t('history.allTypes')}
          onValueChange={(type) => onChange({ type: TRANSACTION_TYPES.find((one) => one === type) ?? null })}
          options={TRANSACTION_TYPES.map((value) => ({ value, label: t(`type.${value}`) }))}
        />
      </Field>
      <Field label={t('history.task')} hideLabel className="w-44">
        <Select
          value={filters.task ?? ''}
          placeholder={t('history.allTasks')}
          onValueChange={(task) => onChange({ task: TASK_TYPES.find((one) => one === task) ?? null })}
          options={TASK_TYPES.map((value) => ({ value, label: t(`task.${value}`) }))}
        />
      </Field>
      {members && (
        <Field label={t('history.member')} hideLabel className="w-44">
          <Select
            value={filters.member ?? ''}
            placeholder={t('history.allMembers')}
            onValueChange={(member) => onChange({ member: member || null })}
            options={members.map(({ id, name }) => ({ value: id, label: name }))}
          />
        </Field>
      )}
      <DayField label={t('history.from')} value={filters.from} onChange={(from) => onChange({ from })} />
      <DayField label={t('history.to')} value={filters.to} onChange={(to) => onChange({ to })} />
      {active && (
        <Button variant="ghost" onClick={() => onChange(null)}>
          {t('history.clear')}
        </Button>
      )}
    </>
  );
}

type DayFieldProps = { label: string; value: Date | null; onChange: (value: Date | null) => void };

function DayField({ label, value, onChange }: DayFieldProps) {
  return (
    <Field label={label} className="flex items-center gap-2 [&_label]:font-normal [&_label]:text-muted">
      <Input
        type="date"
        className="w-36"
        value={day(value) ?? ''}
        onChange={(event) => {
          const at = new Date(`${event.target.value}T00:00:00Z`);
          onChange(Number.isNaN(at.getTime()) ? null : at);
        }}
      />
    </Field>
  );
}
