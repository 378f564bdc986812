'use client';
import { Download, LogOut } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { loadAuth } from '@/client/firebase';
import { useSession } from '@/client/session';
import { Button } from '@/ui/button';
import { buttonStyles } from '@/ui/button-styles';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { leaveFor, untilGone, useAttempt } from '@/ui/use-attempt';

/** Sessions, data, and the end of the account. */
export function AccountCard() {
  const t = useTranslations('settings.account');
  const { signOut } = useSession();
  const { busy, error, attempt } = useAttempt();
  const leave = () =>
    attempt(async () => {
      await signOut();
      await untilGone();
    });
  return (
    <Card title={t('title')}>
      <div className="grid gap-5">
        <Row text={t('sessionsHint')}>
          <Button icon={LogOut} loading={busy} onClick={leave}>
            {t('signOutEverywhere')}
          </Button>
        </Row>
        {error !== null && <ErrorState error={error} compact />}
        <Row text={t('exportHint')}>
          <a href="/api/users/me/export" download className={buttonStyles()}>
            <Download size={16} aria-hidden="true" />
            {t('export')}
          </a>
        </Row>
        <Row text={t('closeHint')}>
          <CloseAccount />
        </Row>
      </div>
    </Card>
  );
}

function Row({ text, children }: { text: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
      <p className="max-w-[52ch] text-sm text-muted">{text}</p>
      {children}
    </div>
  );
}

function CloseAccount() {
  const t = useTranslations('settings.account');
  const { user } = useSession();
  const [asking, setAsking] = useState(false);
  const [stale, setStale] = useState(false);
  const [confirmEmail, setConfirmEmail] = useState('');
  const close = async () => {
    try {
      await api('DELETE', '/api/users/me', { body: { confirmEmail } });
    } catch (error) {
      setStale(error instanceof ApiProblem && error.body.reason === 'sign_in_again');
      throw error;
    }
    const [auth, sdk] = await Promise.all([loadAuth(), import('firebase/auth')]);
    await sdk.signOut(auth);
    await leaveFor('/');
  };
  return (
    <>
      <Button variant="danger" onClick={() => setAsking(true)}>
        {t('close')}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('closeTitle')}
        body={
          <div className="grid gap-3">
            <p>{t('closeBody')}</p>
            <Field label={t('typeEmail', { email: user.email })}>
              <Input
                type="email"
                autoComplete="off"
                value={confirmEmail}
                onChange={(event) => setConfirmEmail(event.target.value)}
              />
            </Field>
            {stale && (
              <Link
                href="/sign-in?again=1&next=/settings"
                className="w-fit font-medium text-iris-text underline"
              >
                {t('signInAgain')}
              </Link>
            )}
          </div>
        }
        confirmLabel={t('close')}
        danger
        onConfirm={close}
      />
    </>
  );
}
