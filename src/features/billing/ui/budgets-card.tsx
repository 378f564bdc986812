'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useFormatter, useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { Checkbox } from '@/ui/checkbox';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import type { BudgetSettings, BudgetsResponse } from '../schema';
import { billingKey } from './use-billing';

const LEVELS = [50, 80, 100] as const;

/** How many tokens a month may cost, who hears of it, and whether work stops there. */
export function BudgetsCard({ organizationId }: { organizationId: string }) {
  const t = useTranslations('billing.budgets');
  const answer = useQuery({
    queryKey: billingKey(organizationId, 'budgets'),
    queryFn: () => api<BudgetsResponse>('GET', '/api/tokens/budgets'),
  });
  return (
    <Card title={t('title')} description={t('description')}>
      {answer.error ? (
        <ErrorState error={answer.error} onRetry={() => void answer.refetch()} compact />
      ) : answer.data ? (
        <BudgetForm
          key={JSON.stringify(answer.data.settings)}
          organizationId={organizationId}
          budgets={answer.data}
        />
      ) : (
        <Skeleton className="h-56 w-full" />
      )}
    </Card>
  );
}

/** Empty means no limit; anything but a whole number from 1 is a mistake. */
function limitOf(text: string): number | null | undefined {
  if (text.trim() === '') return null;
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= 100_000_000 ? value : undefined;
}

const textOf = (limit: number | null) => (limit === null ? '' : String(limit));

function BudgetForm({ organizationId, budgets }: { organizationId: string; budgets: BudgetsResponse }) {
  const t = useTranslations('billing.budgets');
  const format = useFormatter();
  const { settings } = budgets;
  const [organization, setOrganization] = useState(textOf(settings.organizationLimit));
  const [member, setMember] = useState(textOf(settings.memberLimit));
  const [alertAt, setAlertAt] = useState<readonly number[]>(settings.alertAt);
  const [stop, setStop] = useState(settings.stopAtLimit);
  const { busy, error, save } = useSave(organizationId);
  const organizationLimit = limitOf(organization);
  const memberLimit = limitOf(member);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (organizationLimit === undefined || memberLimit === undefined) return;
    save({ ...settings, organizationLimit, memberLimit, alertAt: [...alertAt], stopAtLimit: stop });
  };
  const limit = (label: string, hint: string, value: string, onChange: (value: string) => void) => (
    <Field label={label} hint={hint} error={limitOf(value) === undefined ? t('wrong') : undefined}>
      <Input
        type="number"
        inputMode="numeric"
        min={1}
        placeholder={t('none')}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </Field>
  );
  return (
    <form onSubmit={submit} noValidate className="grid gap-5">
      <div className="grid gap-4 sm:grid-cols-2">
        {limit(
          t('organization'),
          t('used', { count: format.number(budgets.organizationUsed) }),
          organization,
          setOrganization,
        )}
        {limit(t('member'), t('memberHint'), member, setMember)}
      </div>
      <AlertLevels alertAt={alertAt} onChange={setAlertAt} />
      <Checkbox checked={stop} onCheckedChange={setStop} label={t('stop')} description={t('stopHint')} />
      {error !== null && <ErrorState error={error} compact />}
      <div>
        <Button
          type="submit"
          variant="primary"
          loading={busy}
          disabled={organizationLimit === undefined || memberLimit === undefined}
        >
          {t('save')}
        </Button>
      </div>
    </form>
  );
}

function AlertLevels({
  alertAt,
  onChange,
}: {
  alertAt: readonly number[];
  onChange: (alertAt: readonly number[]) => void;
}) {
  const t = useTranslations('billing.budgets');
  // Levels that were set through the API stay, and can be switched off here.
  const levels = [...new Set([...LEVELS, ...alertAt])].sort((a, b) => a - b);
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-sm font-medium">{t('alerts')}</legend>
      <div className="flex flex-wrap gap-x-6 gap-y-2">
        {levels.map((level) => (
          <Checkbox
            key={level}
            checked={alertAt.includes(level)}
            onCheckedChange={(on) =>
              onChange(on ? [...alertAt, level] : alertAt.filter((one) => one !== level))
            }
            label={t('level', { level })}
          />
        ))}
      </div>
    </fieldset>
  );
}

function useSave(organizationId: string) {
  const t = useTranslations('billing.budgets');
  const queries = useQueryClient();
  const { busy, error, attempt } = useAttempt();
  const save = async (settings: BudgetSettings) => {
    await attempt(async () => {
      const saved = await api<BudgetsResponse>('PUT', '/api/tokens/budgets', { body: settings });
      queries.setQueryData(billingKey(organizationId, 'budgets'), saved);
      toast.success(t('saved'));
    });
  };
  return { busy, error, save: (settings: BudgetSettings) => void save(settings) };
}
