'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { useAction } from './use-review';

/** Where a review lies, and the proof of its passcode. */
export interface ClientAccess {
  path: `/api/review/${string}`;
  access: string | null;
}

/** Asks for the passcode that came with the link. */
export function ClientUnlock({ at, onAccess }: { at: ClientAccess; onAccess: (access: string) => void }) {
  const t = useTranslations('review.client');
  const { busy, error, act } = useAction();
  const [passcode, setPasscode] = useState('');
  const unlock = () =>
    act(passcode, async () => {
      const body = { passcode };
      onAccess((await api<{ access: string }>('POST', `${at.path}/unlock`, { body })).access);
    });
  return (
    <form
      method="post"
      className="mx-auto grid w-full max-w-100 gap-4 py-10"
      onSubmit={(event) => {
        event.preventDefault();
        if (passcode) void unlock();
      }}
    >
      <h1 className="font-display text-xl font-semibold">{t('locked')}</h1>
      <Field label={t('passcode')} hint={t('passcodeHint')}>
        <Input
          type="password"
          autoComplete="off"
          value={passcode}
          onChange={(event) => setPasscode(event.target.value)}
        />
      </Field>
      {error !== null && <ErrorState error={error} compact />}
      <Button type="submit" variant="primary" loading={busy} disabled={passcode === ''}>
        {t('unlock')}
      </Button>
    </form>
  );
}
