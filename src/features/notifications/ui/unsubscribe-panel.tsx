'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { LinkButton } from '@/ui/link-button';
import { useAttempt } from '@/ui/use-attempt';

/** One question, one button, and what came of it. */
export function UnsubscribePanel({ token, what, done }: { token: string; what: string; done: boolean }) {
  const t = useTranslations('notifications.unsubscribe');
  const [stopped, setStopped] = useState(done);
  const { busy, error, attempt } = useAttempt();
  const stop = async () => {
    await attempt(async () => {
      await api('POST', '/api/notifications/unsubscribe', { query: { token } });
      setStopped(true);
    });
  };
  return (
    <>
      <div className="grid gap-1" role="status">
        <h1 className="font-display text-2xl font-semibold tracking-tight">
          {t(stopped ? 'doneTitle' : 'title')}
        </h1>
        <p className="text-base text-muted">{t(stopped ? 'done' : 'body', { what })}</p>
      </div>
      {error !== null && <ErrorState error={error} compact />}
      <div className="flex flex-wrap gap-3">
        {!stopped && (
          <Button variant="primary" loading={busy} onClick={() => void stop()}>
            {t('stop')}
          </Button>
        )}
        <LinkButton href="/settings#notifications">{t('settings')}</LinkButton>
      </div>
    </>
  );
}
