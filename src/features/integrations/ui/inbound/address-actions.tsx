'use client';
import { RotateCw, Send, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { ErrorState } from '@/ui/error-state';
import { Switch } from '@/ui/switch';
import { toast } from '@/ui/toast';
import { useAttempts } from '@/ui/use-attempt';
import { INBOUND_PROVIDERS } from '../../inbound/providers.data';
import type { InboundTrialView } from '../../inbound/schema';
import type { Address } from './address';
import { RotateDialog } from './rotate-dialog';

/** What can be done with an address. */
export function AddressActions({ address, onDeleted }: { address: Address; onDeleted: () => void }) {
  const t = useTranslations('inbound');
  const path = `/api/webhooks/${address.id}` as const;
  const [dialog, setDialog] = useState<'rotate' | 'delete' | null>(null);
  const { busy, error, attempt } = useAttempts<'test' | 'switch' | 'again'>();
  const { secret, trial } = INBOUND_PROVIDERS[address.providerId];
  const on = address.status !== 'disabled';
  const lost = address.failingReason === 'subscription_gone' && address.status === 'failing';

  const turn = (enabled: boolean) => api('PATCH', path, { body: { enabled } });
  const test = async () => {
    const { delivered, status, reason } = await api<InboundTrialView>('POST', `${path}/test`);
    if (delivered) toast.success(t('tested'));
    else if (status === null) toast.warning(t('testUnreached'));
    else toast.warning(t('testRefused', { status, reason: reason ?? '' }));
  };
  return (
    <div className="grid gap-3">
      <Switch
        label={t('enabled')}
        description={t(address.vendorResource ? 'enabledHintTold' : 'enabledHint')}
        checked={on}
        disabled={busy === 'switch'}
        onCheckedChange={(enabled) => void attempt('switch', () => turn(enabled))}
      />
      <div className="flex flex-wrap gap-2">
        {lost && (
          <Button
            variant="primary"
            loading={busy === 'again'}
            onClick={() => void attempt('again', () => turn(true))}
          >
            {t('registerAgain')}
          </Button>
        )}
        {trial && on && address.secrets.length > 0 && (
          <Button icon={Send} loading={busy === 'test'} onClick={() => void attempt('test', test)}>
            {t('test')}
          </Button>
        )}
        {secret !== 'none' && (
          <Button icon={RotateCw} onClick={() => setDialog('rotate')}>
            {t(secret === 'handshake' ? 'rotateHandshake' : 'rotate')}
          </Button>
        )}
        <Button icon={Trash2} variant="ghost" onClick={() => setDialog('delete')}>
          {t('delete')}
        </Button>
      </div>
      {error !== null && <ErrorState error={error} compact />}
      {dialog === 'rotate' && <RotateDialog address={address} onClose={() => setDialog(null)} />}
      <ConfirmDialog
        open={dialog === 'delete'}
        onOpenChange={() => setDialog(null)}
        title={t('deleteTitle')}
        body={t(address.vendorResource ? 'deleteBodyTold' : 'deleteBody')}
        confirmLabel={t('delete')}
        danger
        onConfirm={async () => {
          await api('DELETE', path);
          onDeleted();
        }}
      />
    </div>
  );
}
