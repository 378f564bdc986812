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
import { SandboxTag } from '@/ui/sandbox-tag';
import { leaveFor, useAttempts } from '@/ui/use-attempt';

type Decision = ConsentRequest['decision'];

/** The sandbox CRM's consent page: whose account it is, and what IriSync may do there. */
export function SandboxCrmConsent({
  request,
}: {
  request: Omit<ConsentRequest, 'handle' | 'decision'> | null;
}) {
  const t = useTranslations('sandboxcrm.consent');
  const { busy, error, attempt } = useAttempts<Decision>();
  if (!request)
    return (
      <div className="grid justify-items-start gap-3">
        <h1 className="font-display text-xl font-semibold">{t('title')}</h1>
        <p>{t('broken')}</p>
        <LinkButton href="/integrations">{t('back')}</LinkButton>
      </div>
    );
  const decide = (decision: Decision, handle: string) =>
    attempt(decision, async () => {
      const body: ConsentRequest = { ...request, handle, decision };
      const answer = await api<{ redirectTo: string }>('POST', '/api/sandbox-network/consent', { body });
      await leaveFor(answer.redirectTo);
    });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    void decide('allow', String(new FormData(event.currentTarget).get('handle') ?? ''));
  };
  const fault = error instanceof ApiProblem ? error.fault('body.handle') : undefined;
  return (
    <form onSubmit={submit} className="grid gap-5" noValidate>
      <div className="grid gap-1">
        <h1 className="flex flex-wrap items-center gap-2 font-display text-xl font-semibold">
          {t('title')} <SandboxTag />
        </h1>
        <p className="text-base text-muted">{t('body')}</p>
      </div>
      <Field label={t('handle')} hint={t('handleHint')} error={fault} required>
        <Input name="handle" autoComplete="off" spellCheck={false} />
      </Field>
      <div className="grid gap-1.5">
        <p className="text-sm font-medium">{t('scopes')}</p>
        <ul className="grid gap-1">
          {(['read', 'write'] as const).map((scope) => (
            <li key={scope} className="flex items-center gap-2">
              <Check size={16} aria-hidden="true" className="text-ok" />
              {t(`scope.${scope}`)}
            </li>
          ))}
        </ul>
      </div>
      {error !== null && !fault && <ErrorState compact error={error} />}
      <div className="flex justify-end gap-2">
        <Button loading={busy === 'deny'} onClick={() => void decide('deny', 'nobody')}>
          {t('deny')}
        </Button>
        <Button type="submit" variant="primary" loading={busy === 'allow'}>
          {t('allow')}
        </Button>
      </div>
    </form>
  );
}
