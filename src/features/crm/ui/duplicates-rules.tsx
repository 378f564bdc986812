'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, SlidersHorizontal, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useSession } from '@/client/session';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Input } from '@/ui/input';
import { SegmentedControl } from '@/ui/segmented-control';
import { Select } from '@/ui/select';
import { Sheet } from '@/ui/sheet';
import { Skeleton } from '@/ui/skeleton';
import { Textarea } from '@/ui/textarea';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import {
  DEDUP_ENTITIES,
  DEFAULT_POLICY,
  type DedupEntity,
  type DedupPolicy,
  type DedupRule,
} from '../dedup/schema';

const METHODS = ['exact', 'fuzzy', 'phonetic', 'custom'] as const;

/** How duplicates are found, for the whole organisation. */
export function DuplicatesRules() {
  const t = useTranslations('duplicates.rules');
  const { organization } = useSession();
  const [open, setOpen] = useState(false);
  const policy = useQuery({
    queryKey: ['dedup-settings', organization.id],
    queryFn: () => api<DedupPolicy>('GET', '/api/dedup/settings'),
    enabled: open,
  });
  return (
    <>
      <Button icon={<SlidersHorizontal />} onClick={() => setOpen(true)}>
        {t('open')}
      </Button>
      <Sheet open={open} onOpenChange={setOpen} title={t('title')} description={t('description')}>
        {policy.data ? (
          <Rules stored={policy.data} onDone={() => setOpen(false)} />
        ) : policy.error ? (
          <ErrorState compact error={policy.error} onRetry={() => void policy.refetch()} />
        ) : (
          <Skeleton className="h-96 rounded-lg" />
        )}
      </Sheet>
    </>
  );
}

function Rules({ stored, onDone }: { stored: DedupPolicy; onDone: () => void }) {
  const t = useTranslations('duplicates.rules');
  const { organization } = useSession();
  const cache = useQueryClient();
  const [policy, setPolicy] = useState(stored);
  const [priority, setPriority] = useState(stored.sourcePriority.join(', '));
  const [entity, setEntity] = useState<DedupEntity>('contact');
  const { busy, error, attempt } = useAttempt();
  const faults = error instanceof ApiProblem ? error.errors : [];
  const fault = (path: string) => faults.find((one) => one.path === path)?.message;
  const change = (patch: Partial<DedupPolicy>) => setPolicy((known) => ({ ...known, ...patch }));
  const setRules = (rules: DedupRule[]) => change({ rules: { ...policy.rules, [entity]: rules } });
  const save = async (event: FormEvent) => {
    event.preventDefault();
    await attempt(async () => {
      const sourcePriority = priority.split(',').flatMap((name) => name.trim().toLowerCase() || []);
      const body = { ...policy, sourcePriority };
      cache.setQueryData(
        ['dedup-settings', organization.id],
        await api<DedupPolicy>('PUT', '/api/dedup/settings', { body }),
      );
      toast.success(t('saved'));
      onDone();
    });
  };
  return (
    <form onSubmit={save} className="grid gap-4">
      <Checkbox
        label={t('enabled')}
        checked={policy.enabled}
        onCheckedChange={(enabled) => change({ enabled })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Percent
          label={t('mergeFrom')}
          hint={t('mergeFromHint')}
          error={fault('body.mergeFrom')}
          value={policy.mergeFrom}
          onChange={(mergeFrom) => change({ mergeFrom })}
        />
        <Percent
          label={t('reviewFrom')}
          hint={t('reviewFromHint')}
          error={fault('body.reviewFrom')}
          value={policy.reviewFrom}
          onChange={(reviewFrom) => change({ reviewFrom })}
        />
      </div>
      <Field label={t('priority')} hint={t('priorityHint')} error={fault('body.sourcePriority')}>
        <Input value={priority} onChange={({ target }) => setPriority(target.value)} />
      </Field>
      <SegmentedControl
        aria-label={t('kind')}
        className="flex-wrap justify-self-start"
        value={entity}
        onValueChange={setEntity}
        options={DEDUP_ENTITIES.map((value) => ({ value, label: t(`entities.${value}`) }))}
      />
      <RuleList
        key={entity}
        rules={policy.rules[entity]}
        onChange={setRules}
        fault={(at, name) => fault(`body.rules.${entity}.${at}.${name}`)}
      />
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" loading={busy}>
          {t('save')}
        </Button>
        <Button
          variant="ghost"
          onClick={() => {
            setPolicy(DEFAULT_POLICY);
            setPriority('');
          }}
        >
          {t('standard')}
        </Button>
      </div>
      {error !== null && <ErrorState compact error={error} />}
    </form>
  );
}

function Percent(props: {
  label: string;
  hint: string;
  error: string | undefined;
  value: number;
  onChange: (value: number) => void;
}) {
  return (
    <Field label={props.label} hint={props.hint} error={props.error}>
      <Input
        type="number"
        min={30}
        max={100}
        step={1}
        required
        value={Math.round(props.value * 100)}
        onChange={({ target }) => props.onChange(Number(target.value) / 100)}
      />
    </Field>
  );
}

function RuleList(props: {
  rules: readonly DedupRule[];
  onChange: (rules: DedupRule[]) => void;
  fault: (at: number, name: string) => string | undefined;
}) {
  const { rules, onChange, fault } = props;
  const t = useTranslations('duplicates.rules');
  const set = (at: number, patch: Partial<DedupRule>) =>
    onChange(rules.map((rule, index) => (index === at ? { ...rule, ...patch } : rule)));
  return (
    <div className="grid gap-3">
      <ul className="grid gap-3">
        {rules.map((rule, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no names of their own, and their order counts.
          <li key={at} className="grid gap-3 rounded-lg border border-line p-3">
            <RuleRow
              rule={rule}
              onChange={(patch) => set(at, patch)}
              onRemove={() => onChange(rules.filter((_, index) => index !== at))}
              fault={(name) => fault(at, name)}
            />
          </li>
        ))}
      </ul>
      <Button
        size="sm"
        icon={<Plus />}
        className="justify-self-start"
        disabled={rules.length >= 20}
        onClick={() =>
          onChange([...rules, { field: '', method: 'exact', weight: 1, strong: false, expression: null }])
        }
      >
        {t('add')}
      </Button>
    </div>
  );
}

function RuleRow(props: {
  rule: DedupRule;
  onChange: (patch: Partial<DedupRule>) => void;
  onRemove: () => void;
  fault: (name: string) => string | undefined;
}) {
  const { rule, onChange, onRemove, fault } = props;
  const t = useTranslations('duplicates.rules');
  return (
    <>
      <div className="grid grid-cols-[minmax(0,1fr)_5rem] gap-3">
        <Field label={t('field')} error={fault('field')}>
          <Input required value={rule.field} onChange={({ target }) => onChange({ field: target.value })} />
        </Field>
        <Field label={t('weight')} error={fault('weight')}>
          <Input
            type="number"
            min={0}
            max={10}
            step={0.5}
            value={rule.weight}
            onChange={({ target }) => onChange({ weight: Number(target.value) })}
          />
        </Field>
      </div>
      <Field label={t('method')}>
        <Select
          value={rule.method}
          options={METHODS.map((value) => ({ value, label: t(`methods.${value}`) }))}
          onValueChange={(value) => onChange({ method: METHODS.find((one) => one === value) ?? rule.method })}
        />
      </Field>
      {rule.method === 'custom' && (
        <Field label={t('expression')} hint={t('expressionHint')} error={fault('expression')}>
          <Textarea
            rows={3}
            className="font-mono"
            value={rule.expression ?? ''}
            onChange={({ target }) => onChange({ expression: target.value || null })}
          />
        </Field>
      )}
      <div className="flex items-center justify-between gap-3">
        {rule.method === 'exact' ? (
          <Checkbox
            label={t('strong')}
            checked={rule.strong}
            onCheckedChange={(strong) => onChange({ strong })}
          />
        ) : (
          <span />
        )}
        <IconButton
          size="sm"
          variant="ghost"
          label={t('remove', { field: rule.field })}
          icon={<Trash2 />}
          onClick={onRemove}
        />
      </div>
    </>
  );
}
