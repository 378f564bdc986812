'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { useAttempt } from '@/ui/use-attempt';
import type { MailView } from '../schema';
import { freshIdToken } from './browser-sign-in';
import { Failure } from './failure';
import { MailOutcome } from './mail-outcome';

/** Sends the mail that confirms the signed-in person's address. */
export function ConfirmAddress({ next }: { next?: string }) {
  const t = useTranslations('auth');
  const { busy, error, attempt } = useAttempt();
  const [mail, setMail] = useState<MailView | null>(null);
  const send = () =>
    attempt(async () => {
      const idToken = await freshIdToken();
      if (!idToken) {
        const back = next ?? window.location.pathname;
        window.location.assign(`/sign-in?again=1&next=${encodeURIComponent(back)}`);
        return;
      }
      const body = { idToken, ...(next ? { next } : {}) };
      setMail(await api<MailView>('POST', '/api/auth/verify-email', { body }));
    });
  return (
    <div className="grid justify-items-start gap-3">
      {!mail && (
        <Button loading={busy} onClick={send}>
          {t('verify.send')}
        </Button>
      )}
      {mail && <MailOutcome mail={mail} />}
      <Failure error={error} />
    </div>
  );
}
