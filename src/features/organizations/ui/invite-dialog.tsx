'use client';
import { zodResolver } from '@hookform/resolvers/zod';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { useAttempt } from '@/ui/use-attempt';
import { type CreatedInvitationView, createInvitationBody } from '../schema';
import { OneTimeSecret } from './one-time-secret';
import { useRoleOptions } from './role-options';

const formSchema = createInvitationBody.pick({ email: true, role: true });

interface InviteDialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** Makes an invitation and shows its link, which only this moment knows. */
export function InviteDialog({ open, onOpenChange }: InviteDialogProps) {
  const t = useTranslations('organization.invite');
  const { organization } = useSession();
  const roles = useRoleOptions(organization.role);
  const [made, setMade] = useState<CreatedInvitationView | null>(null);
  const { busy, error, attempt, clear } = useAttempt();
  const form = useForm({
    resolver: zodResolver(formSchema),
    defaultValues: { email: '', role: 'member' as const },
  });
  const close = (next: boolean) => {
    onOpenChange(next);
    if (next) return;
    setMade(null);
    clear();
    form.reset();
  };
  const invite = form.handleSubmit((body) =>
    attempt(async () => {
      const path = `/api/organizations/${organization.id}/invitations` as const;
      setMade(await api<CreatedInvitationView>('POST', path, { body }));
    }),
  );
  return (
    <Dialog
      open={open}
      onOpenChange={close}
      title={t('title', { name: organization.name })}
      size="sm"
      footer={
        made ? (
          <Button variant="primary" onClick={() => close(false)}>
            {t('done')}
          </Button>
        ) : (
          <Button variant="primary" type="submit" form="invite-form" loading={busy}>
            {t('create')}
          </Button>
        )
      }
    >
      {made ? (
        <OneTimeSecret value={made.link} label={t('link')}>
          {t(made.mailed ? 'mailedBody' : 'linkBody', { email: made.email })}
        </OneTimeSecret>
      ) : (
        <form id="invite-form" onSubmit={invite} noValidate className="grid gap-4">
          <Field label={t('email')} required error={form.formState.errors.email && t('emailWrong')}>
            <Input type="email" autoComplete="off" {...form.register('email')} />
          </Field>
          <Field label={t('role')} hint={t('roleHint')}>
            <Select options={roles} {...form.register('role')} />
          </Field>
          {error !== null && <ErrorState error={error} compact />}
        </form>
      )}
    </Dialog>
  );
}
