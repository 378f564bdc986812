'use client';

import { Check } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { FormEvent } from 'react';
import { ApiProblem, api } from '@/client/api';
import type { ConsentRequest } from '@/features/platforms/sandbox/schema';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { LinkButton } from '@/ui/link-button';
import { leaveFor, useAttempts } from '@/ui/use-attempt';

export type ConsentPageRequest = Omit<ConsentRequest, 'handle' | 'decision'>;

const KNOWN_SCOPES = ['read', 'write', 'media'] as const;

/** The practice network's consent page: who you are there, and what IriSync may do. */
export function SandboxConsent({ request, handle }: { request: ConsentPageRequest | null; handle: string }) {
  const t = useTranslations('platforms.sandbox');
  const { busy, error, attempt } = useAttempts<ConsentRequest['decision']>();
  if (!request) {
    return (
      <div className="grid justify-items-start gap-3">
        <h1 className="font-display text-xl font-semibold">{t('name')}</h1>
        <p>{t('consentBroken')}</p>
        <LinkButton href="/channels">{t('toChannels')}</LinkButton>
      </div>
    );
  }
  const decide = (decision: ConsentRequest['decision'], name: string) =>
    attempt(decision, async () => {
      const body: ConsentRequest = { ...request, handle: name, decision };
      const { redirectTo } = await api<{ redirectTo: string }>('POST', '/api/sandbox-network/consent', {
        body,
      });
      await leaveFor(redirectTo);
    });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void decide('allow', String(new FormData(event.currentTarget).get('handle') ?? ''));
  };
  const fault = error instanceof ApiProblem ? error.fault('body.handle') : undefined;
  return (
    <form onSubmit={submit} className="grid gap-5" noValidate>
      <div className="grid gap-1">
        <h1 className="font-display text-xl font-semibold">{t('consentTitle')}</h1>
        <p className="text-base text-muted">{t('consentBody')}</p>
      </div>
      <Field label={t('consentHandle')} hint={t('consentHandleHint')} error={fault} required>
        <Input name="handle" defaultValue={handle} autoComplete="off" spellCheck={false} />
      </Field>
      <div className="grid gap-1.5">
        <p className="text-sm font-medium">{t('consentScopes')}</p>
        <ul className="grid gap-1">
          {KNOWN_SCOPES.filter((scope) => request.scope.split(' ').includes(scope)).map((scope) => (
            <li key={scope} className="flex items-center gap-2">
              <Check size={16} aria-hidden="true" className="text-ok" />
              {t(`scope.${scope}`)}
            </li>
          ))}
        </ul>
      </div>
      {error !== null && !fault && <ErrorState compact error={error} />}
      <div className="flex justify-end gap-2">
        <Button loading={busy === 'deny'} onClick={() => void decide('deny', handle || 'nobody')}>
          {t('deny')}
        </Button>
        <Button type="submit" variant="primary" loading={busy === 'allow'}>
          {t('allow')}
        </Button>
      </div>
    </form>
  );
}
