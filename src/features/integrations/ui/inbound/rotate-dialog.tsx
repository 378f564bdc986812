'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Checkbox } from '@/ui/checkbox';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import { INBOUND_PROVIDERS } from '../../inbound/providers.data';
import type { CreatedInboundView } from '../../inbound/schema';
import type { Address } from './address';
import { SecretField } from './provider-fields';
import { ShownOnce, ShownOnceFooter } from './shown-once';

/** Sets a new secret: the vendor's, or one of ours that is shown this once. The old one verifies on for a day unless ended. */
export function RotateDialog({ address, onClose }: { address: Address; onClose: () => void }) {
  const t = useTranslations('inbound');
  const [made, setMade] = useState<CreatedInboundView | null>(null);
  const { busy, error, attempt } = useAttempt();
  const { secret: source } = INBOUND_PROVIDERS[address.providerId];
  const fault = error instanceof ApiProblem ? error.fault('body.secret') : undefined;
  const told = address.vendorResource !== null;

  const rotate = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const secret = String(form.get('secret') ?? '').trim();
    const body = { ...(secret ? { secret } : {}), keepOldHours: form.has('endOld') ? 0 : 24 };
    void attempt(async () => {
      const answer = await api<CreatedInboundView>('POST', `/api/webhooks/${address.id}/rotate`, { body });
      if (answer.secret && !told) return setMade(answer);
      toast.success(t('rotated'));
      onClose();
    });
  };
  const required = source === 'vendor' || source === 'after';
  return (
    <Dialog
      open
      onOpenChange={(shown) => !shown && !busy && onClose()}
      title={t(made ? 'newSecret' : source === 'handshake' ? 'rotateHandshake' : 'rotateTitle')}
      footer={
        <ShownOnceFooter
          made={made !== null}
          form="rotate-form"
          label={t(source === 'handshake' ? 'rotateHandshake' : 'rotate')}
          busy={busy}
          onClose={onClose}
        />
      }
    >
      {made ? (
        <ShownOnce made={made} />
      ) : (
        <form id="rotate-form" onSubmit={rotate} className="grid gap-4" noValidate>
          <p className="text-base text-muted">
            {t(source === 'handshake' ? 'rotateHandshakeBody' : told ? 'rotateBodyTold' : 'rotateBody')}
          </p>
          {!told && <SecretField providerId={address.providerId} error={fault} required={required} />}
          {address.secrets.length > 0 && !told && (
            <Checkbox name="endOld" description={t('endOldHint')}>
              {t('endOld')}
            </Checkbox>
          )}
          {error !== null && !fault && <ErrorState compact error={error} />}
        </form>
      )}
    </Dialog>
  );
}
