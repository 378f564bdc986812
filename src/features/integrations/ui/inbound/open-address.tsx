'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import { useAttempt } from '@/ui/use-attempt';
import { type InboundProvider, providersFor } from '../../inbound/providers.data';
import type { CreatedInboundView } from '../../inbound/schema';
import type { Connection } from '../connection';
import { readDraft, repositoriesOf } from './draft';
import { ProviderFields } from './provider-fields';
import { ShownOnce, ShownOnceFooter } from './shown-once';
import { VendorSteps } from './steps';

interface OpenAddressProps {
  /** Whose records the sender speaks of; null for a sender of its own. */
  connection: Pick<Connection, 'id' | 'type' | 'name' | 'settings'> | null;
  onClose: () => void;
}

/** Opens an address: who sends and what for, then the address, the secret this once, and what to do at the vendor. */
export function OpenAddress({ connection, onClose }: OpenAddressProps) {
  const t = useTranslations('inbound');
  const [made, setMade] = useState<CreatedInboundView | null>(null);
  const { busy, error, attempt } = useAttempt();

  const open = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const body = readDraft(new FormData(event.currentTarget), connection?.id ?? null);
    void attempt(async () => setMade(await api<CreatedInboundView>('POST', '/api/webhooks', { body })));
  };
  return (
    <Dialog
      open
      onOpenChange={(shown) => !shown && !busy && onClose()}
      title={t(made ? 'openedTitle' : 'open')}
      footer={
        <ShownOnceFooter
          made={made !== null}
          form="address-form"
          label={t('open')}
          busy={busy}
          onClose={onClose}
        />
      }
    >
      {made ? (
        <div className="grid gap-5">
          <ShownOnce made={made} />
          {made.vendorResource ? (
            <p className="text-sm text-muted">{t('registeredBody', { resource: made.vendorResource })}</p>
          ) : (
            <VendorSteps providerId={made.providerId} />
          )}
        </div>
      ) : (
        <AddressForm connection={connection} error={error} onSubmit={open} />
      )}
    </Dialog>
  );
}

function AddressForm({
  connection,
  error,
  onSubmit,
}: {
  connection: OpenAddressProps['connection'];
  error: unknown;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
}) {
  const t = useTranslations('inbound');
  const choices = providersFor(connection?.type ?? null);
  const [providerId, setProvider] = useState<InboundProvider>(choices[0] ?? 'generic');
  const fault = (path: string) =>
    error instanceof ApiProblem
      ? error.errors.find((one) => one.path.startsWith(`body.${path}`))?.message
      : undefined;
  const shownAtField = error instanceof ApiProblem && error.errors.length > 0 && !fault('integrationId');
  return (
    <form id="address-form" onSubmit={onSubmit} className="grid gap-4" noValidate>
      <p className="text-sm text-muted">{t(connection ? 'openForConnection' : 'openFree')}</p>
      <Field label={t('provider')} error={fault('providerId')}>
        <Select
          name="providerId"
          value={providerId}
          onValueChange={(value) => setProvider(value as InboundProvider)}
          options={choices.map((value) => ({ value, label: t(`providers.${value}`) }))}
        />
      </Field>
      <Field label={t('purpose')} hint={t('purposeHint')} error={fault('description')}>
        <Input name="description" maxLength={200} />
      </Field>
      <ProviderFields
        key={providerId}
        providerId={providerId}
        repositories={connection ? repositoriesOf(connection) : null}
        fault={fault}
      />
      <Field label={t('topics')} hint={t('topicsHint')} error={fault('events')}>
        <Textarea name="events" rows={2} spellCheck={false} className="font-mono text-xs" />
      </Field>
      {error !== null && !shownAtField && <ErrorState compact error={error} />}
    </form>
  );
}
