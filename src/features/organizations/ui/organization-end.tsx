'use client';
import { Download } from 'lucide-react';
import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useCan, useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { Button } from '@/ui/button';
import { buttonStyles } from '@/ui/button-styles';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { toast } from '@/ui/toast';
import { memberModel } from '../schema';

/** Handing over, taking along, leaving, deleting. */
export function OrganizationEnd() {
  const { organization } = useSession();
  const owns = useCan('organization.delete');
  return (
    <>
      {useCan('organization.transfer') && <TransferCard />}
      {owns && <ExportCard />}
      <LeaveCard />
      {owns && !organization.deleting && <DeleteCard />}
    </>
  );
}

function TransferCard() {
  const t = useTranslations('organization.end');
  const { organization, user } = useSession();
  const members = useLiveQuery({
    model: memberModel,
    params: { orgId: organization.id },
    orderBy: [['displayName', 'asc']],
    limit: 200,
  });
  const [userId, setUserId] = useState('');
  const [asking, setAsking] = useState(false);
  const others = members.items.filter((one) => one.userId !== user.uid);
  const chosen = others.find((one) => one.userId === userId);
  return (
    <Card title={t('transfer')} description={t('transferBody')}>
      <div className="flex flex-wrap items-end gap-2">
        <Field label={t('newOwner')} className="min-w-60 flex-1">
          <Select
            value={userId}
            placeholder={others.length === 0 ? t('nobodyElse') : t('choose')}
            options={others.map((one) => ({ value: one.userId, label: `${one.displayName} (${one.email})` }))}
            onValueChange={setUserId}
          />
        </Field>
        <Button disabled={!chosen} onClick={() => setAsking(true)}>
          {t('transfer')}
        </Button>
      </div>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('transferTitle', { name: chosen?.displayName ?? '' })}
        body={t('transferConfirm')}
        confirmLabel={t('transfer')}
        onConfirm={() => api('POST', `/api/organizations/${organization.id}/transfer`, { body: { userId } })}
      />
    </Card>
  );
}

function ExportCard() {
  const t = useTranslations('organization.end');
  const { organization } = useSession();
  return (
    <Card title={t('export')} description={t('exportBody')}>
      <a href={`/api/organizations/${organization.id}/export`} download className={buttonStyles()}>
        <Download size={16} aria-hidden="true" />
        {t('exportButton')}
      </a>
    </Card>
  );
}

function LeaveCard() {
  const t = useTranslations('organization.end');
  const { organization, refresh } = useSession();
  const [asking, setAsking] = useState(false);
  return (
    <Card title={t('leave')} description={t('leaveBody')}>
      <Button onClick={() => setAsking(true)}>{t('leave')}</Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('leaveTitle', { name: organization.name })}
        body={t('leaveConfirm')}
        confirmLabel={t('leave')}
        danger
        onConfirm={async () => {
          await api('POST', `/api/organizations/${organization.id}/leave`);
          await refresh();
        }}
      />
    </Card>
  );
}

function DeleteCard() {
  const t = useTranslations('organization.end');
  const format = useFormatter();
  const { organization } = useSession();
  const [asking, setAsking] = useState(false);
  const [confirmName, setConfirmName] = useState('');
  const remove = async () => {
    const path = `/api/organizations/${organization.id}` as const;
    const { purgeAt } = await api<{ purgeAt: string }>('DELETE', path, { body: { confirmName } });
    toast(t('deleted', { date: format.dateTime(new Date(purgeAt), { dateStyle: 'long' }) }));
  };
  return (
    <Card title={t('delete')} description={t('deleteBody')}>
      <Button variant="danger" onClick={() => setAsking(true)}>
        {t('delete')}
      </Button>
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('deleteTitle', { name: organization.name })}
        body={
          <div className="grid gap-3">
            <p>{t('deleteConfirm')}</p>
            <a
              href={`/api/organizations/${organization.id}/export`}
              download
              className="w-fit font-medium text-iris-text underline"
            >
              {t('exportFirst')}
            </a>
            <Field label={t('typeName', { name: organization.name })}>
              <Input
                value={confirmName}
                autoComplete="off"
                onChange={(event) => setConfirmName(event.target.value)}
              />
            </Field>
          </div>
        }
        confirmLabel={t('delete')}
        danger
        onConfirm={remove}
      />
    </Card>
  );
}
