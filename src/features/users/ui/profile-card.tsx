'use client';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type FormEvent, type ReactNode, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useSession } from '@/client/session';
import { LOCALE_NAMES, LOCALES } from '@/i18n/locale';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { rememberLocale, rememberTimeZone } from '@/ui/preferences';
import { Select } from '@/ui/select';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import { TimeZoneSelect } from './time-zone-select';

interface Draft {
  displayName?: string;
  timezone?: string;
  locale?: string;
}

interface ProfileCardProps {
  /** Drawn while the address is not confirmed. */
  confirmAddress: ReactNode;
}

/** Name, address, zone and language. */
export function ProfileCard({ confirmAddress }: ProfileCardProps) {
  const t = useTranslations('settings.profile');
  const router = useRouter();
  const { user } = useSession();
  const [draft, setDraft] = useState<Draft>({});
  const { busy, error, attempt } = useAttempt();
  const nameFault = error instanceof ApiProblem ? error.fault('body.displayName') : undefined;

  const save = async (event: FormEvent) => {
    event.preventDefault();
    await attempt(async () => {
      await api('PATCH', '/api/users/me', { body: draft });
      if (draft.timezone) rememberTimeZone(draft.timezone);
      const locale = LOCALES.find((one) => one === draft.locale);
      if (locale) rememberLocale(locale);
      setDraft({});
      toast.success(t('saved'));
      router.refresh();
    });
  };
  return (
    <Card title={t('title')}>
      <form onSubmit={save} className="grid gap-4">
        <Field label={t('name')} required error={nameFault}>
          <Input
            value={draft.displayName ?? user.displayName}
            maxLength={80}
            autoComplete="name"
            onChange={(event) => setDraft({ ...draft, displayName: event.target.value })}
          />
        </Field>
        <Field
          label={t('email')}
          aside={
            <Badge tone={user.emailVerified ? 'ok' : 'warn'}>
              {user.emailVerified ? t('confirmed') : t('unconfirmed')}
            </Badge>
          }
        >
          <Input value={user.email} readOnly />
        </Field>
        {!user.emailVerified && confirmAddress}
        <Field label={t('timezone')} hint={t('timezoneHint')}>
          <TimeZoneSelect
            value={draft.timezone ?? user.timezone}
            onValueChange={(timezone) => setDraft({ ...draft, timezone })}
          />
        </Field>
        <Field label={t('language')}>
          <Select
            value={draft.locale ?? user.locale}
            options={LOCALES.map((value) => ({ value, label: LOCALE_NAMES[value] }))}
            onValueChange={(locale) => setDraft({ ...draft, locale })}
          />
        </Field>
        {error !== null && !nameFault && <ErrorState error={error} compact />}
        <div>
          <Button type="submit" variant="primary" loading={busy} disabled={Object.keys(draft).length === 0}>
            {t('save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
