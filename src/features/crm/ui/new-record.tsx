'use client';
import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useCan, useSession } from '@/client/session';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { LinkButton } from '@/ui/link-button';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { untilGone, useAttempt } from '@/ui/use-attempt';
import type { CrmEntity, EditableField, RecordDetailView, RecordTarget } from '../schema';

const FORM = 'new-record-form';
/** What else there is to fill in is asked for only when wanted. */
const SHOWN = 8;
const INPUTS: Readonly<Record<string, 'email' | 'tel' | 'url' | 'date'>> = {
  ...{ email: 'email', phone: 'tel', url: 'url', date: 'date' },
};

/** Adds a record of the kind that is shown, for people who may, here and at a connected CRM. */
export function NewRecord({ entity }: { entity: CrmEntity }) {
  const t = useTranslations('crm.newRecord');
  const may = useCan('crm.write');
  const [open, setOpen] = useState(false);
  if (!may) return null;
  return (
    <>
      <Button variant="primary" icon={<Plus />} onClick={() => setOpen(true)}>
        {t(`button.${entity}`)}
      </Button>
      {open && <NewRecordDialog entity={entity} onClose={() => setOpen(false)} />}
    </>
  );
}

function NewRecordDialog({ entity, onClose }: { entity: CrmEntity; onClose: () => void }) {
  const t = useTranslations('crm.newRecord');
  const { organization } = useSession();
  const asked = useQuery({
    queryKey: ['crm-targets', organization.id, entity],
    queryFn: () => api<{ items: RecordTarget[] }>('GET', '/api/crm/targets', { query: { entity } }),
  });
  const [chosen, setChosen] = useState<string | null>(null);
  const saving = useAttempt();
  const targets = asked.data?.items ?? [];
  const target = targets.find(({ connectionId }) => connectionId === chosen) ?? targets[0];
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t(`button.${entity}`)}
      description={target ? t('description', { name: target.name }) : undefined}
      footer={
        target && (
          <Button variant="primary" type="submit" form={FORM} loading={saving.busy}>
            {t('add')}
          </Button>
        )
      }
    >
      {asked.isPending ? (
        <Skeleton className="h-48 rounded-lg" />
      ) : asked.isError ? (
        <ErrorState compact error={asked.error} onRetry={() => void asked.refetch()} />
      ) : !target ? (
        <div className="grid justify-items-start gap-3">
          <p>{t('none')}</p>
          <LinkButton href="/integrations">{t('toIntegrations')}</LinkButton>
        </div>
      ) : (
        <div className="grid gap-4">
          {targets.length > 1 && (
            <Field label={t('target')}>
              <Select
                value={target.connectionId}
                options={targets.map(({ connectionId, name }) => ({ value: connectionId, label: name }))}
                onValueChange={(id) => {
                  setChosen(id);
                  saving.clear();
                }}
              />
            </Field>
          )}
          <NewRecordForm key={target.connectionId} entity={entity} target={target} saving={saving} />
        </div>
      )}
    </Dialog>
  );
}

function NewRecordForm(props: {
  entity: CrmEntity;
  target: RecordTarget;
  saving: ReturnType<typeof useAttempt>;
}) {
  const { entity, target } = props;
  const { error, attempt } = props.saving;
  const t = useTranslations('crm.newRecord');
  const router = useRouter();
  const nameOf = useFieldName();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [all, setAll] = useState(false);
  // One key for what is filled in: sent twice it adds one record.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const fault = (path: string) => (error instanceof ApiProblem ? error.fault(path) : undefined);
  const faultOf = ({ field }: EditableField) => fault(`body.fields.${field}`);
  const shown = target.fields.filter(
    (field, at) => all || at < SHOWN || field.required || faultOf(field) !== undefined,
  );
  const placed = fault('body.fields') === undefined && target.fields.some((field) => faultOf(field));
  const save = (event: FormEvent) => {
    event.preventDefault();
    const fields = Object.fromEntries(Object.entries(values).filter(([, text]) => text.trim() !== ''));
    void attempt(async () => {
      const made = await api<RecordDetailView>('POST', '/api/crm/records', {
        body: { entity, connectionId: target.connectionId, fields },
        idempotencyKey: key,
      });
      toast.success(t('added', { title: made.title }));
      router.push(`/crm/${made.id}`);
      await untilGone();
    });
  };
  return (
    <form id={FORM} onSubmit={save} className="grid gap-4">
      <div className="grid gap-4 sm:grid-cols-2">
        {shown.map((field, at) => (
          <Field
            key={field.field}
            label={nameOf(field.field)}
            required={field.required}
            error={faultOf(field)}
          >
            <Input
              autoFocus={at === 0}
              type={INPUTS[field.type] ?? 'text'}
              inputMode={/^(?:number|integer|currency)$/.test(field.type) ? 'decimal' : undefined}
              value={values[field.field] ?? ''}
              onChange={({ target: { value } }) => {
                setValues((known) => ({ ...known, [field.field]: value }));
                setKey(crypto.randomUUID());
              }}
            />
          </Field>
        ))}
      </div>
      {shown.length < target.fields.length && (
        <Button size="sm" variant="ghost" className="justify-self-start" onClick={() => setAll(true)}>
          {t('more', { count: target.fields.length - shown.length })}
        </Button>
      )}
      {error !== null && !placed && <ErrorState compact error={error} />}
    </form>
  );
}

/** A field of ours for people: `address.city` is "City"; one that somebody named is spelled out. */
function useFieldName(): (field: string) => string {
  const t = useTranslations('crm.newRecord.names');
  return (field) => {
    const known = field.replaceAll('.', '_');
    if (t.has(known as never)) return t(known as never);
    const words = field
      .replaceAll('.', ' ')
      .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
      .toLowerCase();
    return words.charAt(0).toUpperCase() + words.slice(1);
  };
}
