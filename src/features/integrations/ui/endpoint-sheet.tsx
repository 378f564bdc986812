'use client';
import { Pencil, RotateCw, Send, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { api } from '@/client/api';
import { OneTimeSecret } from '@/features/organizations/ui/one-time-secret';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { DateTime } from '@/ui/date-time';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Sheet } from '@/ui/sheet';
import { Switch } from '@/ui/switch';
import { useAttempts } from '@/ui/use-attempt';
import type { CreatedEndpointView } from '../schema';
import { DeliveryLog } from './delivery-log';
import { ENDPOINT_TONES, type Endpoint } from './endpoint';
import { EndpointDialog } from './endpoint-dialog';

/** One endpoint: its state, its secrets, and what was sent to it. */
export function EndpointSheet({ endpoint, onClose }: { endpoint: Endpoint | null; onClose: () => void }) {
  const t = useTranslations('integrations.webhooks');
  return (
    <Sheet open={endpoint !== null} onOpenChange={(open) => !open && onClose()} title={t('detail')}>
      {endpoint && <EndpointDetail key={endpoint.id} endpoint={endpoint} onDeleted={onClose} />}
    </Sheet>
  );
}

function EndpointDetail({ endpoint, onDeleted }: { endpoint: Endpoint; onDeleted: () => void }) {
  const t = useTranslations('integrations.webhooks');
  const path = `/api/webhooks/endpoints/${endpoint.id}` as const;
  const [dialog, setDialog] = useState<'edit' | 'rotate' | 'delete' | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const { busy, error, attempt } = useAttempts<'ping' | 'switch'>();
  const close = () => setDialog(null);

  const rotate = async () => {
    setSecret((await api<CreatedEndpointView>('POST', `${path}/rotate`, { body: {} })).secret);
  };
  const enabled = endpoint.status !== 'disabled';
  return (
    <div className="grid gap-5">
      <div className="grid gap-2">
        <code className="font-mono text-sm break-all">{endpoint.webhookUrl}</code>
        {endpoint.description && <p className="text-sm text-muted">{endpoint.description}</p>}
        <div className="flex flex-wrap items-center gap-2">
          <Badge tone={ENDPOINT_TONES[endpoint.status]}>{t(`state.${endpoint.status}`)}</Badge>
          <span className="text-sm text-muted">{t(`reason.${reasonOf(endpoint)}`)}</span>
        </div>
      </div>
      <Switch
        label={t('enabled')}
        description={t('enabledHint')}
        checked={enabled}
        disabled={busy === 'switch'}
        onCheckedChange={(on) => void attempt('switch', () => api('PATCH', path, { body: { enabled: on } }))}
      />
      <div className="flex flex-wrap gap-2">
        <Button
          icon={Send}
          loading={busy === 'ping'}
          onClick={() => void attempt('ping', () => api('POST', `${path}/ping`))}
        >
          {t('ping')}
        </Button>
        <Button icon={Pencil} onClick={() => setDialog('edit')}>
          {t('edit')}
        </Button>
        <Button icon={RotateCw} onClick={() => setDialog('rotate')}>
          {t('rotate')}
        </Button>
        <Button icon={Trash2} variant="ghost" onClick={() => setDialog('delete')}>
          {t('delete')}
        </Button>
      </div>
      {error !== null && <ErrorState error={error} compact />}
      <Section title={t('secrets')}>
        <ul className="grid gap-1 text-sm">
          {endpoint.secrets.map((one) => (
            <li key={one.id} className="flex flex-wrap items-center gap-2">
              <code className="font-mono text-xs">whsec_…{one.hint}</code>
              <span className="text-muted">
                {one.expiresAt ? (
                  <>
                    {t('secretUntil')} <DateTime at={one.expiresAt} />
                  </>
                ) : (
                  t('secretNow')
                )}
              </span>
            </li>
          ))}
        </ul>
      </Section>
      <Section title={t('deliveries')}>
        <DeliveryLog endpoint={endpoint} />
      </Section>
      {dialog === 'edit' && <EndpointDialog endpoint={endpoint} onClose={close} />}
      <ConfirmDialog
        open={dialog === 'rotate'}
        onOpenChange={close}
        title={t('rotateTitle')}
        body={t('rotateBody')}
        confirmLabel={t('rotate')}
        onConfirm={rotate}
      />
      <ConfirmDialog
        open={dialog === 'delete'}
        onOpenChange={close}
        title={t('deleteTitle')}
        body={t('deleteBody')}
        confirmLabel={t('delete')}
        danger
        onConfirm={async () => {
          await api('DELETE', path);
          onDeleted();
        }}
      />
      <Dialog open={secret !== null} onOpenChange={() => setSecret(null)} title={t('newSecret')}>
        <OneTimeSecret value={secret ?? ''} label={t('secret')}>
          {t('newSecretBody')}
        </OneTimeSecret>
      </Dialog>
    </div>
  );
}

function reasonOf({ status, disabledReason }: Endpoint) {
  return status === 'disabled' ? (disabledReason ?? 'person') : status;
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="grid gap-2">
      <h3 className="text-sm font-medium">{title}</h3>
      {children}
    </section>
  );
}
