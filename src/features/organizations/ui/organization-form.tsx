'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveDoc } from '@/client/use-live-query';
import { TimeZoneSelect } from '@/features/users/ui/time-zone-select';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Skeleton } from '@/ui/skeleton';
import { Switch } from '@/ui/switch';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import { organizationModel } from '../schema';

interface Draft {
  name?: string;
  website?: string;
  timezone?: string;
  approvalRequired?: boolean;
}

/** What the organisation is called and how it works. Fields not touched follow what others change meanwhile. */
export function OrganizationForm() {
  const t = useTranslations('organization.settings');
  const { organization, permissions } = useSession();
  const live = useLiveDoc(organizationModel, organization.id);
  const [draft, setDraft] = useState<Draft>({});
  const { busy, error, attempt } = useAttempt();
  const manages = permissions.includes('organization.manage');
  if (live.error) return <ErrorState error={live.error} onRetry={live.retry} />;
  if (!live.item) return <Skeleton className="h-64" />;
  const { profile, settings } = live.item;
  const fault = (field: string) => (error instanceof ApiProblem ? error.fault(`body.${field}`) : undefined);

  const save = async (event: FormEvent) => {
    event.preventDefault();
    const { website, ...rest } = draft;
    const body = { ...rest, ...(website === undefined ? {} : { website: website.trim() || null }) };
    await attempt(async () => {
      await api('PATCH', `/api/organizations/${organization.id}`, { body });
      setDraft({});
      toast.success(t('saved'));
    });
  };
  const named = ['name', 'website', 'timezone'].some((field) => fault(field));
  return (
    <Card title={t('general')}>
      <form onSubmit={save} className="grid gap-4">
        <Field label={t('name')} required error={fault('name')}>
          <Input
            value={draft.name ?? profile.name}
            maxLength={80}
            disabled={!manages}
            onChange={(event) => setDraft({ ...draft, name: event.target.value })}
          />
        </Field>
        <Field label={t('website')} error={fault('website')}>
          <Input
            type="url"
            placeholder="https://"
            value={draft.website ?? profile.website ?? ''}
            disabled={!manages}
            onChange={(event) => setDraft({ ...draft, website: event.target.value })}
          />
        </Field>
        <Field label={t('timezone')} hint={t('timezoneHint')} error={fault('timezone')}>
          <TimeZoneSelect
            value={draft.timezone ?? profile.timezone}
            disabled={!manages}
            onValueChange={(timezone) => setDraft({ ...draft, timezone })}
          />
        </Field>
        <Switch
          label={t('approval')}
          description={t('approvalHint')}
          checked={draft.approvalRequired ?? settings.approvalRequired}
          disabled={!manages}
          onCheckedChange={(approvalRequired) => setDraft({ ...draft, approvalRequired })}
        />
        {error !== null && !named && <ErrorState error={error} compact />}
        {manages && (
          <div>
            <Button type="submit" variant="primary" loading={busy} disabled={Object.keys(draft).length === 0}>
              {t('save')}
            </Button>
          </div>
        )}
      </form>
    </Card>
  );
}
