'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { OneTimeSecret } from '@/features/organizations/ui/one-time-secret';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { FormError } from '@/ui/form-error';
import { Input } from '@/ui/input';
import { useAttempt } from '@/ui/use-attempt';
import type { CreatedEndpointView, EndpointView } from '../schema';
import { WEBHOOK_CHOICES } from '../webhook-events.data';
import type { Endpoint } from './endpoint';

interface EndpointDialogProps {
  /** Null for a new one. */
  endpoint: Endpoint | null;
  onClose: () => void;
}

/** Address and choice of events; a new endpoint's secret, which only this moment can show. */
export function EndpointDialog({ endpoint, onClose }: EndpointDialogProps) {
  const t = useTranslations('integrations.webhooks');
  const [url, setUrl] = useState(endpoint?.webhookUrl ?? '');
  const [description, setDescription] = useState(endpoint?.description ?? '');
  const [events, setEvents] = useState<readonly string[]>(endpoint?.events ?? ['post.*']);
  const [secret, setSecret] = useState<string | null>(null);
  const { busy, error, attempt } = useAttempt();
  const fault = (field: string) => (error instanceof ApiProblem ? error.fault(`body.${field}`) : undefined);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const body = { url, description, events };
    await attempt(async () => {
      if (endpoint) {
        await api<EndpointView>('PATCH', `/api/webhooks/endpoints/${endpoint.id}`, { body });
        onClose();
      } else {
        setSecret((await api<CreatedEndpointView>('POST', '/api/webhooks/endpoints', { body })).secret);
      }
    });
  };
  const footer = secret ? (
    <Button variant="primary" onClick={onClose}>
      {t('done')}
    </Button>
  ) : (
    <Button variant="primary" type="submit" form="endpoint-form" loading={busy}>
      {endpoint ? t('save') : t('create')}
    </Button>
  );
  return (
    <Dialog open onOpenChange={onClose} title={endpoint ? t('editTitle') : t('createTitle')} footer={footer}>
      {secret ? (
        <OneTimeSecret value={secret} label={t('secret')}>
          {t('secretBody')}
        </OneTimeSecret>
      ) : (
        <form id="endpoint-form" onSubmit={save} className="grid gap-4">
          <Field label={t('url')} required hint={t('urlHint')} error={fault('url')}>
            <Input
              type="url"
              value={url}
              placeholder="https://"
              onChange={(event) => setUrl(event.target.value)}
            />
          </Field>
          <Field label={t('description')} error={fault('description')}>
            <Input
              value={description}
              maxLength={200}
              onChange={(event) => setDescription(event.target.value)}
            />
          </Field>
          <EventChoice chosen={events} onChange={setEvents} />
          {fault('events') && <FormError>{fault('events')}</FormError>}
          {error !== null && !fault('url') && !fault('events') && <ErrorState error={error} compact />}
        </form>
      )}
    </Dialog>
  );
}

function EventChoice({
  chosen,
  onChange,
}: {
  chosen: readonly string[];
  onChange: (names: string[]) => void;
}) {
  const t = useTranslations('integrations.webhooks');
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 text-sm font-medium">{t('events')}</legend>
      <p className="text-xs text-muted">{t('eventsHint')}</p>
      <div className="grid max-h-60 grid-cols-1 gap-2 overflow-y-auto sm:grid-cols-2">
        {WEBHOOK_CHOICES.map((name) => (
          <Checkbox
            key={name}
            checked={chosen.includes(name)}
            onCheckedChange={(on) => onChange(on ? [...chosen, name] : chosen.filter((one) => one !== name))}
          >
            <code className="font-mono text-xs">{name}</code>
          </Checkbox>
        ))}
      </div>
    </fieldset>
  );
}
