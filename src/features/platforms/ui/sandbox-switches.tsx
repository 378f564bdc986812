'use client';

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import type { FormEvent } from 'react';
import { ApiProblem, api } from '@/client/api';
import { FAULT_KINDS, FAULT_POINTS, type Fault } from '@/features/platforms/sandbox/schema';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { toast } from '@/ui/toast';

type Switches = { handle: string; faults: Fault[]; postsPerHour: number | null };
type Change = Partial<Pick<Switches, 'faults' | 'postsPerHour'>> & { revokeGrants?: boolean };

const PATH = '/api/sandbox-network/faults';

/** Lets an account of one's own misbehave. Shown to nobody else. */
export function SandboxSwitches({ handle }: { handle: string }) {
  const t = useTranslations('platforms.sandbox');
  const client = useQueryClient();
  const key = ['sandbox-switches', handle];
  const switches = useQuery({
    queryKey: key,
    queryFn: () => api<Switches>('GET', PATH, { query: { handle } }),
    refetchInterval: (query) => (query.state.error ? false : 4_000),
  });
  const change = useMutation({
    mutationFn: (change: Change) =>
      api<Switches>('PUT', PATH, { body: { handle, faults: switches.data?.faults ?? [], ...change } }),
    onSuccess: (now, asked) => {
      client.setQueryData(key, now);
      if (asked.revokeGrants) toast.info(t('revoked'));
    },
  });
  if (switches.error instanceof ApiProblem && [401, 404].includes(switches.error.status)) {
    return <p className="text-sm text-muted">{t('switchesForeign', { handle })}</p>;
  }
  if (!switches.data) return null;
  const { faults, postsPerHour } = switches.data;
  return (
    <Card title={t('switches')} description={t('switchesBody')}>
      <div className="grid gap-4">
        <FaultForm busy={change.isPending} onAdd={(fault) => change.mutate({ faults: [...faults, fault] })} />
        <FaultList faults={faults} onClear={() => change.mutate({ faults: [] })} />
        <LimitForm
          key={postsPerHour}
          limit={postsPerHour}
          onSet={(limit) => change.mutate({ postsPerHour: limit })}
        />
        <Button className="justify-self-start" onClick={() => change.mutate({ revokeGrants: true })}>
          {t('revoke')}
        </Button>
        {change.isError && <ErrorState compact error={change.error} />}
      </div>
    </Card>
  );
}

function FaultForm({ busy, onAdd }: { busy: boolean; onAdd: (fault: Fault) => void }) {
  const t = useTranslations('platforms.sandbox');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    const kind = fields.get('kind') as Fault['kind'];
    onAdd({
      on: fields.get('on') as Fault['on'],
      kind,
      remaining: Math.max(1, Number(fields.get('times')) || 1),
      ...(kind === 'rate_limit' ? { retryAfterSeconds: 30 } : {}),
      ...(kind === 'accept_late' ? { delayMs: 20_000 } : {}),
    });
  };
  return (
    <form onSubmit={submit} className="grid gap-3">
      <Field label={t('where')}>
        <Select name="on" options={FAULT_POINTS.map((value) => ({ value, label: t(`point.${value}`) }))} />
      </Field>
      <Field label={t('what')}>
        <Select name="kind" options={FAULT_KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))} />
      </Field>
      <div className="flex items-end gap-3">
        <Field label={t('times')} className="w-24">
          <Input name="times" type="number" min={1} max={1_000} defaultValue={1} />
        </Field>
        <Button type="submit" loading={busy}>
          {t('add')}
        </Button>
      </div>
    </form>
  );
}

function FaultList({ faults, onClear }: { faults: readonly Fault[]; onClear: () => void }) {
  const t = useTranslations('platforms.sandbox');
  if (faults.length === 0) return <p className="text-sm text-muted">{t('none')}</p>;
  return (
    <div className="grid gap-2">
      <ul className="grid gap-1 text-sm">
        {faults.map((fault, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: equal faults may stand beside each other
          <li key={index} className="flex justify-between gap-3">
            <span>
              {t(`point.${fault.on}`)}: {t(`kind.${fault.kind}`)}
            </span>
            <span className="text-muted tabular-nums">{t('left', { count: fault.remaining })}</span>
          </li>
        ))}
      </ul>
      <Button size="sm" variant="ghost" className="justify-self-start" onClick={onClear}>
        {t('clear')}
      </Button>
    </div>
  );
}

function LimitForm({ limit, onSet }: { limit: number | null; onSet: (limit: number | null) => void }) {
  const t = useTranslations('platforms.sandbox');
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const value = Number(new FormData(event.currentTarget).get('limit'));
    onSet(value > 0 ? Math.min(10_000, Math.trunc(value)) : null);
  };
  return (
    <form onSubmit={submit} className="flex items-end gap-3">
      <Field label={t('limit')} hint={t('limitHint')} className="flex-1">
        <Input name="limit" type="number" min={1} max={10_000} defaultValue={limit ?? ''} />
      </Field>
      <Button type="submit" className="mb-5">
        {t('set')}
      </Button>
    </form>
  );
}
