'use client';

import { useQuery } from '@tanstack/react-query';
import { ArrowLeft, ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import type { AccountView, PlatformId, PlatformView } from '@/features/platforms/schema';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { NetworkMark } from '@/ui/network-mark';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Skeleton } from '@/ui/skeleton';
import { leaveFor, untilGone, useAttempt } from '@/ui/use-attempt';

type ConnectAnswer = { account: AccountView } | { authorizationUrl: string };
type AccountList = { platforms: PlatformView[] };

/** What is known of the channel when it is connected again. */
export type Reconnecting = { platform: PlatformId; handle: string; baseUrl: string | null };

/** Begins connecting: leaves for the consent page, or gives the account at once. */
async function connectChannel(body: object): Promise<AccountView> {
  const answer = await api<ConnectAnswer>('POST', '/api/accounts', { body });
  return 'account' in answer ? answer.account : leaveFor(answer.authorizationUrl);
}

export type ConnectDialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  organizationId: string;
  reconnecting: Reconnecting | null;
  onConnected: (account: AccountView) => void;
};

/** Choose a network, give what it needs, and go. */
export function ConnectDialog(props: ConnectDialogProps) {
  const t = useTranslations('platforms.dialog');
  const [chosen, setChosen] = useState<PlatformId | null>(null);
  const networks = useQuery({
    queryKey: ['platforms', props.organizationId],
    queryFn: () => api<AccountList>('GET', '/api/accounts'),
    enabled: props.open,
    staleTime: 60_000,
  });
  const wanted = props.reconnecting?.platform ?? chosen;
  const network = networks.data?.platforms.find((one) => one.platform === wanted);
  const close = (open: boolean) => {
    if (!open) setChosen(null);
    props.onOpenChange(open);
  };
  return (
    <Dialog open={props.open} onOpenChange={close} title={t('title')}>
      {networks.isPending && (
        <div aria-busy="true" className="grid gap-2">
          {[1, 2, 3, 4].map((row) => (
            <Skeleton key={row} className="h-11" />
          ))}
        </div>
      )}
      {networks.isError && (
        <ErrorState compact error={networks.error} onRetry={() => void networks.refetch()} />
      )}
      {networks.data && !network && <NetworkList networks={networks.data.platforms} onChoose={setChosen} />}
      {network && (
        <div className="grid gap-4">
          {!props.reconnecting && (
            <Button
              size="sm"
              variant="ghost"
              icon={<ArrowLeft />}
              className="justify-self-start"
              onClick={() => setChosen(null)}
            >
              {t('back')}
            </Button>
          )}
          <ConnectForm
            key={network.platform}
            network={network}
            reconnecting={props.reconnecting}
            onConnected={props.onConnected}
          />
        </div>
      )}
    </Dialog>
  );
}

function NetworkList({
  networks,
  onChoose,
}: {
  networks: readonly PlatformView[];
  onChoose: (platform: PlatformId) => void;
}) {
  const t = useTranslations('platforms.dialog');
  const rank = (one: PlatformView) => (one.configured ? 0 : one.available ? 1 : 2);
  return (
    <div className="grid gap-2">
      <p className="text-sm text-muted">{t('choose')}</p>
      <ul className="grid divide-y divide-line rounded-md border border-line">
        {networks
          .toSorted((a, b) => rank(a) - rank(b))
          .map((one) => (
            <li key={one.platform}>
              <button
                type="button"
                onClick={() => onChoose(one.platform)}
                className="flex min-h-11 w-full items-center gap-3 px-3 text-left hover:bg-sunken"
              >
                <NetworkMark platform={one.platform} size={20} decorative />
                <span className="font-medium">{one.name}</span>
                {one.sandbox && <SandboxTag />}
                <span className="ml-auto flex items-center gap-2 text-muted">
                  {!one.configured && <Badge>{one.available ? t('notConfigured') : t('unavailable')}</Badge>}
                  <ChevronRight size={16} aria-hidden="true" />
                </span>
              </button>
            </li>
          ))}
      </ul>
    </div>
  );
}

type FormProps = {
  network: PlatformView;
  reconnecting: Reconnecting | null;
  onConnected: (account: AccountView) => void;
};

function ConnectForm({ network, reconnecting, onConnected }: FormProps) {
  const t = useTranslations('platforms.dialog');
  const { busy, error, attempt } = useAttempt();
  if (!network.configured) return <NotConfigured network={network} />;
  const problem = error instanceof ApiProblem ? error : null;
  const fault = (field: string) => problem?.fault(`body.${field}`);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = new FormData(event.currentTarget);
    void attempt(async () => {
      const given = [...fields].filter(([, value]) => typeof value === 'string' && value.trim() !== '');
      onConnected(await connectChannel({ platform: network.platform, ...Object.fromEntries(given) }));
      await untilGone();
    });
  };
  const shown = problem?.errors.some(({ path }) =>
    ['body.baseUrl', 'body.handle', 'body.appPassword'].includes(path),
  );
  return (
    <form onSubmit={submit} className="grid gap-4" noValidate>
      <p className="flex items-center gap-2">
        <NetworkMark platform={network.platform} size={20} decorative />
        <span className="text-lg font-semibold">{network.name}</span>
        {network.sandbox && <SandboxTag />}
      </p>
      {network.connect !== 'app_password' && (
        <p className="text-base text-muted">
          {network.sandbox ? t('sandboxBody') : t('oauth', { name: network.name })}
        </p>
      )}
      {network.connect === 'oauth_with_server' && (
        <Field label={t('server')} hint={t('serverHint')} error={fault('baseUrl')} required>
          <Input
            name="baseUrl"
            type="url"
            inputMode="url"
            defaultValue={reconnecting?.baseUrl ?? 'https://'}
          />
        </Field>
      )}
      {network.connect === 'app_password' && <PasswordFields fault={fault} reconnecting={reconnecting} />}
      {network.sandbox && reconnecting && <input type="hidden" name="handle" value={reconnecting.handle} />}
      {error !== null && !shown && <ErrorState compact error={error} />}
      <Button type="submit" variant="primary" loading={busy} className="justify-self-end">
        {network.connect === 'app_password' ? t('submit') : t('continue', { name: network.name })}
      </Button>
    </form>
  );
}

function PasswordFields({
  fault,
  reconnecting,
}: {
  fault: (field: string) => string | undefined;
  reconnecting: Reconnecting | null;
}) {
  const t = useTranslations('platforms.dialog');
  return (
    <>
      <Field label={t('handle')} hint={t('handleHint')} error={fault('handle')} required>
        <Input
          name="handle"
          autoComplete="username"
          spellCheck={false}
          defaultValue={reconnecting?.handle ?? ''}
        />
      </Field>
      <Field label={t('password')} hint={t('passwordHint')} error={fault('appPassword')} required>
        <Input name="appPassword" type="password" autoComplete="off" />
      </Field>
      <Field label={t('dataServer')} hint={t('dataServerHint')} error={fault('baseUrl')}>
        <Input name="baseUrl" type="url" inputMode="url" />
      </Field>
    </>
  );
}

function NotConfigured({ network }: { network: PlatformView }) {
  const t = useTranslations('platforms.dialog');
  return (
    <div className="grid gap-2 rounded-md border border-line bg-sunken p-4">
      <p className="flex items-center gap-2 font-semibold">
        <NetworkMark platform={network.platform} size={20} decorative />
        {t('howTitle', { name: network.name })}
      </p>
      <p className="text-base text-muted">{network.how}</p>
      {network.missing.length > 0 && (
        <p className="font-mono text-sm break-words">{t('missing', { names: network.missing.join(', ') })}</p>
      )}
    </div>
  );
}
