'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useClientConfig } from '@/client/config';
import { ErrorState } from '@/ui/error-state';
import { IconButton } from '@/ui/icon-button';
import { RelativeTime } from '@/ui/relative-time';
import { Skeleton } from '@/ui/skeleton';
import { Switch } from '@/ui/switch';
import { useAttempt } from '@/ui/use-attempt';
import type { PushAnswer } from '../push-schema';
import { browserFacts, browserState, forgetBrowser, turnOff, turnOn } from './browser-push';

type Known = PushAnswer['subscriptions'][number];

const KEY = ['notifications', 'push'];

/** Notifications outside of the app: here, and in the person's other browsers. */
export function ThisBrowser() {
  const t = useTranslations('notifications.push');
  const { push } = useClientConfig();
  if (push === null)
    return (
      <p className="rounded-lg border border-warn/40 bg-warn-tint px-4 py-2.5 text-sm">{t('notSetUp')}</p>
    );
  return <Browsers publicKey={push} />;
}

function useBrowsers() {
  return useQuery({
    queryKey: KEY,
    queryFn: async () => {
      const [{ subscriptions }, facts] = await Promise.all([
        api<PushAnswer>('GET', '/api/notifications/push'),
        browserFacts(),
      ]);
      return { subscriptions, facts, state: browserState(facts, subscriptions) };
    },
  });
}

function Browsers({ publicKey }: { publicKey: string }) {
  const t = useTranslations('notifications.push');
  const queries = useQueryClient();
  const browsers = useBrowsers();
  const { busy, error, attempt } = useAttempt();
  // While one change is under way the switch keeps its focus and ignores the next.
  const change = async (work: () => Promise<void>) => {
    if (!busy) await attempt(() => work().finally(() => queries.invalidateQueries({ queryKey: KEY })));
  };
  if (browsers.error) return <ErrorState error={browsers.error} onRetry={() => browsers.refetch()} compact />;
  if (!browsers.data) return <Skeleton className="h-10" />;
  const { subscriptions, facts, state } = browsers.data;
  const own =
    state === 'on' ? subscriptions.find((one) => one.endpointHash === facts.endpointHash) : undefined;
  return (
    <div className="grid gap-3">
      <Switch
        label={t('here')}
        description={t(`states.${state}`)}
        checked={state === 'on'}
        aria-busy={busy}
        disabled={state === 'unsupported' || state === 'denied'}
        onCheckedChange={(on) => void change(() => (on || !own ? turnOn(publicKey) : turnOff(own.id)))}
      />
      {error !== null && <ErrorState error={error} compact />}
      <OtherBrowsers
        browsers={subscriptions.filter((one) => one !== own)}
        busy={busy}
        onForget={(id) => void change(() => forgetBrowser(id))}
      />
    </div>
  );
}

interface OtherBrowsersProps {
  browsers: readonly Known[];
  busy: boolean;
  onForget: (id: string) => void;
}

function OtherBrowsers({ browsers, busy, onForget }: OtherBrowsersProps) {
  const t = useTranslations('notifications.push');
  if (browsers.length === 0) return null;
  return (
    <div className="grid gap-1">
      <h3 className="text-sm text-muted">{t('others')}</h3>
      <ul className="grid">
        {browsers.map(({ id, label, createdAt, lastSuccessAt }) => (
          <li key={id} className="flex items-center justify-between gap-4 border-t border-line py-1 text-sm">
            <span className="min-w-0">
              <span className="block truncate">{label}</span>
              <span className="text-xs text-muted">
                {t(lastSuccessAt ? 'heard' : 'added')} <RelativeTime at={lastSuccessAt ?? createdAt} />
              </span>
            </span>
            <IconButton
              label={t('forget', { browser: label })}
              icon={Trash2}
              disabled={busy}
              onClick={() => onForget(id)}
            />
          </li>
        ))}
      </ul>
    </div>
  );
}
