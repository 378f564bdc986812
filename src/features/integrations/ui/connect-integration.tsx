'use client';
import { useTranslations } from 'next-intl';
import type { FormEvent } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { leaveFor, untilGone, useAttempts } from '@/ui/use-attempt';
import type { ConnectAnswer, RegistryView } from '../connections/schema';

export type ConnectIntegrationProps = {
  entry: Pick<RegistryView, 'type' | 'name' | 'oauthConfigured' | 'methods'>;
  onClose: () => void;
  onConnected: (id: string) => void;
};

/** Ways in: over the vendor's consent page, or where the vendor has them with a token that a person made there. */
export function ConnectIntegration({ entry, onClose, onConnected }: ConnectIntegrationProps) {
  const t = useTranslations('integrations.connections');
  const keys = useTranslations('integrations.vendors.key');
  const { type, name } = entry;
  const takesKey = entry.methods.includes('api_key');
  const { busy, error, attempt } = useAttempts<'oauth' | 'key'>();
  const fault = error instanceof ApiProblem ? error.fault('body.apiKey') : undefined;

  const connect = (way: 'oauth' | 'key', body: object) =>
    attempt(way, async () => {
      const answer = await api<ConnectAnswer>('POST', `/api/integrations/connect/${type}`, { body });
      if ('authorizationUrl' in answer) return leaveFor(answer.authorizationUrl);
      onConnected(answer.integration.id);
      await untilGone();
    });
  const submitKey = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void connect('key', { apiKey: String(new FormData(event.currentTarget).get('apiKey') ?? '') });
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t('connectTitle', { name })}>
      <div className="grid gap-5">
        {entry.oauthConfigured ? (
          <div className="grid gap-2">
            <p className="text-base text-muted">{t('oauthBody', { name })}</p>
            <Button
              variant="primary"
              className="justify-self-start"
              loading={busy === 'oauth'}
              disabled={busy === 'key'}
              onClick={() => void connect('oauth', {})}
            >
              {t('oauth', { name })}
            </Button>
          </div>
        ) : (
          <p className="text-base text-muted">{t(takesKey ? 'oauthMissing' : 'oauthOnly', { name })}</p>
        )}
        {takesKey && (
          <form onSubmit={submitKey} className="grid gap-3 border-t border-line pt-4" noValidate>
            <Field label={keys(`${type}.label`)} hint={keys(`${type}.hint`)} error={fault} required>
              <Input name="apiKey" type="password" autoComplete="off" spellCheck={false} />
            </Field>
            <Button
              type="submit"
              className="justify-self-start"
              variant={entry.oauthConfigured ? 'secondary' : 'primary'}
              loading={busy === 'key'}
              disabled={busy === 'oauth'}
            >
              {t('keySubmit')}
            </Button>
          </form>
        )}
        {error !== null && !fault && <ErrorState compact error={error} />}
      </div>
    </Dialog>
  );
}
