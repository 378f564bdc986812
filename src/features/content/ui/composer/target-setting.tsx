'use client';
import { useQuery } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import type { Target } from '@/features/platforms/schema';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';

export interface TargetSettingProps {
  label: string;
  connectionId: string;
  value: string;
  /** '' takes the choice back. */
  onValue: (value: string) => void;
  /** Offers the labels of this target in place of the targets; '' = none chosen yet. */
  labelsOf?: string;
}

/** Boards and communities change rarely; asking the network at every look would cost its allowance. */
const FRESH_MS = 5 * 60_000;

/** Where a channel may post, or which label to put on, as the network itself lists it. What it does not list can be typed. */
export function TargetSetting({ label, connectionId, value, onValue, labelsOf }: TargetSettingProps) {
  const t = useTranslations('content.settings');
  const query = labelsOf ? `?target=${encodeURIComponent(labelsOf)}` : '';
  const asked = useQuery({
    queryKey: ['channel-targets', connectionId, labelsOf ?? null],
    queryFn: ({ signal }) =>
      api<{ items: Target[] }>('GET', `/api/accounts/${connectionId}/targets${query}`, { signal }),
    enabled: labelsOf !== '',
    staleTime: FRESH_MS,
  });
  if (asked.isLoading) {
    return (
      <Field label={label}>
        <Skeleton className="h-8" />
      </Field>
    );
  }
  const targets = asked.data?.items ?? [];
  const found = labelsOf === undefined ? targets : (targets[0]?.labels ?? []);
  const known = found.some((one) => one.id === value);
  if (found.length === 0) {
    return (
      <Field label={label} hint={asked.isError ? t('targetsFailed') : undefined}>
        <Input value={value} onChange={(event) => onValue(event.target.value.trim())} maxLength={300} />
      </Field>
    );
  }
  const rules = targets[0]?.rules;
  return (
    <Field label={label} hint={labelsOf && rules?.length ? rules.join(' · ') : undefined}>
      <Select
        value={value}
        onValueChange={onValue}
        placeholder={t('choose')}
        options={[
          ...(value && !known ? [{ value, label: value }] : []),
          ...found.map(({ id, name }) => ({ value: id, label: name })),
        ]}
      />
    </Field>
  );
}
