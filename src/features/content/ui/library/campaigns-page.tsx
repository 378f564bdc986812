'use client';
import { Flag, Plus } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { PageHeader } from '@/ui/page-header';
import { Skeleton } from '@/ui/skeleton';
import { Textarea } from '@/ui/textarea';
import type { Campaign } from '../../library-schema';
import { useAction } from '../review/use-review';
import { type ContentSession, may } from '../session';
import { useCampaigns } from './use-library';

/** What posts are bundled by: make, change, archive. Live. */
export function CampaignsPage({ session }: { session: ContentSession }) {
  const t = useTranslations('library.campaigns');
  const campaigns = useCampaigns(session.organizationId);
  const [editing, setEditing] = useState<Campaign | 'new' | null>(null);
  const canWrite = may(session, 'content.write');
  const create = canWrite && (
    <Button variant="primary" icon={Plus} onClick={() => setEditing('new')}>
      {t('create')}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} actions={create} />
      {campaigns.status === 'error' && <ErrorState error={campaigns.error} onRetry={campaigns.retry} />}
      {campaigns.status === 'loading' && <Skeleton className="h-40" />}
      {(campaigns.status === 'live' || campaigns.status === 'offline') && campaigns.items.length === 0 && (
        <EmptyState icon={Flag} title={t('emptyTitle')} body={t('emptyBody')} action={create} />
      )}
      {campaigns.items.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {campaigns.items.map((campaign) => (
            <Row
              key={campaign.id}
              campaign={campaign}
              onEdit={canWrite ? () => setEditing(campaign) : null}
            />
          ))}
        </ul>
      )}
      {editing && (
        <CampaignDialog campaign={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
      )}
    </>
  );
}

function Row({ campaign, onEdit }: { campaign: Campaign; onEdit: (() => void) | null }) {
  const t = useTranslations('library.campaigns');
  const { busy, error, act } = useAction();
  const archive = () => {
    const body = { archived: !campaign.archived };
    return act([campaign.id, body], (idempotencyKey) =>
      api('PATCH', `/api/campaigns/${campaign.id}`, { body, idempotencyKey }),
    );
  };
  const format = useFormatter();
  const day = (date: string) =>
    format.dateTime(new Date(`${date}T00:00:00Z`), { dateStyle: 'medium', timeZone: 'UTC' });
  const days = [campaign.startsOn, campaign.endsOn].flatMap((date) => (date ? [day(date)] : [])).join(' – ');
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="flex items-center gap-2 font-medium">
          <span className="truncate">{campaign.name}</span>
          {campaign.archived && <Badge>{t('archived')}</Badge>}
        </p>
        {(days || campaign.description) && (
          <p className="text-sm break-words text-muted">
            {[days, campaign.description].filter(Boolean).join(' · ')}
          </p>
        )}
        {error !== null && <ErrorState error={error} compact />}
      </div>
      {onEdit && (
        <>
          <Button size="sm" aria-label={t('editNamed', { name: campaign.name })} onClick={onEdit}>
            {t('edit')}
          </Button>
          <Button size="sm" variant="ghost" disabled={busy} onClick={() => void archive()}>
            {campaign.archived ? t('restore') : t('archive')}
          </Button>
        </>
      )}
    </li>
  );
}

function CampaignDialog({ campaign, onClose }: { campaign: Campaign | null; onClose: () => void }) {
  const t = useTranslations('library.campaigns');
  const { busy, error, act } = useAction();
  const [name, setName] = useState(campaign?.name ?? '');
  const [description, setDescription] = useState(campaign?.description ?? '');
  const [startsOn, setStartsOn] = useState(campaign?.startsOn ?? '');
  const [endsOn, setEndsOn] = useState(campaign?.endsOn ?? '');
  const backwards = startsOn !== '' && endsOn !== '' && startsOn > endsOn;
  const save = async () => {
    const given = { description: description.trim(), startsOn, endsOn };
    const filled = Object.entries(given).map(
      ([field, value]) => [field, value === '' ? null : value] as const,
    );
    // What is new leaves out what is empty; a change clears it.
    const rest = Object.fromEntries(campaign ? filled : filled.filter(([, value]) => value !== null));
    const body = { name: name.trim(), ...rest };
    const saved = await act([campaign?.id, body], (idempotencyKey) =>
      campaign
        ? api('PATCH', `/api/campaigns/${campaign.id}`, { body, idempotencyKey })
        : api('POST', '/api/campaigns', { body, idempotencyKey }),
    );
    if (saved) onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={campaign ? t('editTitle') : t('createTitle')}
      footer={
        <Button
          variant="primary"
          loading={busy}
          disabled={name.trim() === '' || backwards}
          onClick={() => void save()}
        >
          {t('save')}
        </Button>
      }
    >
      <div className="grid gap-4">
        <Field label={t('name')} required>
          <Input value={name} maxLength={120} onChange={(event) => setName(event.target.value)} />
        </Field>
        <Field label={t('about')}>
          <Textarea
            rows={2}
            value={description}
            maxLength={2000}
            onChange={(event) => setDescription(event.target.value)}
          />
        </Field>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label={t('startsOn')}>
            <Input type="date" value={startsOn} onChange={(event) => setStartsOn(event.target.value)} />
          </Field>
          <Field label={t('endsOn')} error={backwards ? t('backwards') : undefined}>
            <Input type="date" value={endsOn} onChange={(event) => setEndsOn(event.target.value)} />
          </Field>
        </div>
        {error !== null && <ErrorState error={error} compact />}
      </div>
    </Dialog>
  );
}
