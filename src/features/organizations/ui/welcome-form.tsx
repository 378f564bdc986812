'use client';
import { zodResolver } from '@hookform/resolvers/zod';
import { useTranslations } from 'next-intl';
import { useForm } from 'react-hook-form';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { LinkButton } from '@/ui/link-button';
import { leaveFor, useAttempt } from '@/ui/use-attempt';
import { createOrganizationBody } from '../schema';

const formSchema = createOrganizationBody.pick({ name: true });

interface WelcomeFormProps {
  /** The personal organisation to name; null for somebody who belongs to none and founds one. */
  organization: { id: string; name: string } | null;
  next: string;
}

/** The one question at the start, and it may be skipped. */
export function WelcomeForm({ organization, next }: WelcomeFormProps) {
  const t = useTranslations('organization.welcome');
  const { busy, error, attempt } = useAttempt();
  const form = useForm({ resolver: zodResolver(formSchema) });
  const save = form.handleSubmit((given) =>
    attempt(async () => {
      const { timeZone: timezone } = Intl.DateTimeFormat().resolvedOptions();
      const body = { ...given, timezone };
      if (organization) await api('PATCH', `/api/organizations/${organization.id}`, { body });
      else await api('POST', '/api/organizations', { body });
      await leaveFor(next);
    }),
  );
  return (
    <form onSubmit={save} noValidate className="grid gap-4">
      <Field
        label={t('name')}
        required
        hint={t('nameHint')}
        error={form.formState.errors.name && t('nameMissing')}
      >
        <Input autoComplete="organization" defaultValue={organization?.name} {...form.register('name')} />
      </Field>
      {error !== null && <ErrorState error={error} compact />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" loading={busy}>
          {t('save')}
        </Button>
        {organization && (
          <LinkButton href={next} variant="ghost">
            {t('skip')}
          </LinkButton>
        )}
      </div>
    </form>
  );
}
