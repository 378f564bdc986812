'use client';

import { useQueryClient } from '@tanstack/react-query';
import { LockKeyhole } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useCan, useSession } from '@/client/session';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import { type AiSettings, aiSettingsFields } from '../model';
import { aiKey } from './ai-key';
import { LimitsCard } from './settings-limits';
import { ModelsCard } from './settings-models';
import { RoutingCard } from './settings-routing';
import { RulesCard } from './settings-rules';
import { type SettingsValues, settingsOf, settingsValues } from './settings-values';
import { VoicesCard } from './settings-voices';
import { useAiSettings } from './use-ai-settings';

/** What each part of the form gets. */
export interface SettingsPartProps {
  values: SettingsValues;
  set: (change: Partial<SettingsValues>) => void;
  /** Whether something under this path of the settings is refused, e.g. `rules.disclosures`. */
  wrong: (path: string) => boolean;
}

/** Who answers, with what, within which bounds, and what is never said. */
export function SettingsScreen() {
  const t = useTranslations('ai.settings');
  const { organization } = useSession();
  const manages = useCan('ai.manage');
  const settings = useAiSettings(organization.id, manages);
  if (!manages)
    return (
      <EmptyState
        icon={<LockKeyhole />}
        title={t('notYours')}
        body={t('notYoursBody')}
        action={<LinkButton href="/ai/usage">{t('toUsage')}</LinkButton>}
      />
    );
  if (settings.error && !settings.data)
    return <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />;
  if (!settings.data)
    return (
      <div role="status" aria-busy="true" aria-label={t('loading')} className="grid gap-5">
        <Skeleton className="h-72" />
        <Skeleton className="h-72" />
      </div>
    );
  return <SettingsForm key={organization.id} organizationId={organization.id} saved={settings.data} />;
}

function SettingsForm({ organizationId, saved }: { organizationId: string; saved: AiSettings }) {
  const { values, set, discard, wrong, dirty, busy, error, save } = useSettingsForm(organizationId, saved);
  const t = useTranslations('ai.settings');
  const part = { values, set, wrong };
  const refused = wrong('');
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (!refused) return;
    const first = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    first?.focus({ preventScroll: true });
    first?.scrollIntoView({ block: 'center' });
  }, [refused]);
  return (
    <form ref={form} onSubmit={save} noValidate className="grid min-w-0 gap-5">
      <RoutingCard {...part} />
      <ModelsCard {...part} />
      <VoicesCard {...part} />
      <RulesCard {...part} />
      <LimitsCard {...part} />
      {error !== null && <ErrorState error={error} safe={t('kept')} compact />}
      <div
        className={
          dirty
            ? 'sticky bottom-18 z-20 flex flex-wrap items-center justify-between gap-3 rounded-lg border border-line bg-surface px-4 py-3 shadow-float md:bottom-4'
            : 'flex flex-wrap items-center justify-between gap-3'
        }
      >
        <p role="status" className={refused ? 'text-sm text-danger' : 'text-sm text-muted'}>
          {t(refused ? 'look' : dirty ? 'unsaved' : 'allSaved')}
        </p>
        <span className="flex gap-2">
          {dirty && <Button onClick={discard}>{t('discard')}</Button>}
          <Button type="submit" variant="primary" loading={busy} disabled={!dirty}>
            {t('save')}
          </Button>
        </span>
      </div>
    </form>
  );
}

function useSettingsForm(organizationId: string, saved: AiSettings) {
  const t = useTranslations('ai.settings');
  const queries = useQueryClient();
  const [draft, setDraft] = useState<SettingsValues | null>(null);
  const [invalid, setInvalid] = useState<readonly string[]>([]);
  const { busy, error, attempt, clear } = useAttempt();
  const faults =
    error instanceof ApiProblem ? error.errors.map(({ path }) => path.replace(/^body\./, '')) : invalid;
  const values = draft ?? settingsValues(saved);
  const dirty = draft !== null && JSON.stringify(draft) !== JSON.stringify(settingsValues(saved));
  useLeaveGuard(dirty);
  const discard = () => {
    setDraft(null);
    setInvalid([]);
    clear();
  };
  const save = async (event: FormEvent) => {
    event.preventDefault();
    clear();
    const checked = aiSettingsFields.safeParse(settingsOf(values));
    setInvalid(checked.success ? [] : checked.error.issues.map(({ path }) => path.join('.')));
    if (!checked.success) return;
    await attempt(async () => {
      const path = `/api/ai/settings/${organizationId}` as const;
      const now = await api<AiSettings>('PUT', path, { body: checked.data });
      queries.setQueryData(aiKey(organizationId, 'settings'), now);
      void queries.invalidateQueries({ queryKey: aiKey(organizationId, 'quota') });
      setDraft(null);
      toast.success(t('saved'));
    });
  };
  return {
    values,
    set: (change: Partial<SettingsValues>) => setDraft({ ...values, ...change }),
    discard,
    wrong: (path: string) =>
      dirty && faults.some((fault) => `${fault}.`.startsWith(path === '' ? '' : `${path}.`)),
    dirty,
    busy,
    error,
    save,
  };
}

/** The browser asks before a page with unsaved settings closes. */
function useLeaveGuard(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [dirty]);
}
