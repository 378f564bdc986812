'use client';
import { Eraser, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Sheet } from '@/ui/sheet';
import { useAttempt } from '@/ui/use-attempt';
import { SANDBOX_FIELDS, type SandboxEntity, type SandboxField } from '../sandbox/entities.data';
import type { SandboxCrmRecordView } from '../sandbox/schema';

type SheetProps = {
  account: string;
  entity: SandboxEntity;
  record: SandboxCrmRecordView | 'new' | null;
  onClose: () => void;
  onDone: () => void;
};

/** One record at the vendor: every field, and the two ways to be rid of it. */
export function SandboxRecordSheet({ account, entity, record, onClose, onDone }: SheetProps) {
  const t = useTranslations('sandboxcrm');
  return (
    <Sheet
      open={record !== null}
      onOpenChange={(open) => !open && onClose()}
      title={t(record === 'new' ? `add.${entity}` : 'edit')}
      description={t('sheetBody')}
    >
      {record && (
        <RecordForm
          key={record === 'new' ? 'new' : record.id}
          account={account}
          entity={entity}
          record={record === 'new' ? null : record}
          onDone={onDone}
        />
      )}
    </Sheet>
  );
}

type FormProps = Omit<SheetProps, 'record' | 'onClose'> & { record: SandboxCrmRecordView | null };

function RecordForm({ account, entity, record, onDone }: FormProps) {
  const t = useTranslations('sandboxcrm');
  const { busy, error, attempt } = useAttempt();
  const [removing, setRemoving] = useState<'delete' | 'erase' | null>(null);
  const fault = (name: string) =>
    error instanceof ApiProblem ? error.fault(`body.values.${name}`) : undefined;
  const fields = SANDBOX_FIELDS[entity];
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const values = Object.fromEntries(
      fields.map(({ name }) => [name, String(form.get(name) ?? '').trim() || null]),
    );
    void attempt(async () => {
      if (record) await api('PATCH', `/api/sandbox-crm/records/${record.id}`, { body: { values } });
      else await api('POST', '/api/sandbox-crm/records', { body: { account, entity, values } });
      onDone();
    });
  };
  const remove = async () => {
    const query = { erase: removing === 'erase' };
    await api('DELETE', `/api/sandbox-crm/records/${record?.id ?? ''}`, { query });
    onDone();
  };
  return (
    <form onSubmit={save} className="grid gap-4" noValidate>
      {fields.map((field) => (
        <Field
          key={field.name}
          label={t(`field.${field.name}`)}
          error={fault(field.name)}
          required={field.required === true}
        >
          <Control field={field} value={record?.values[field.name] ?? ''} />
        </Field>
      ))}
      {error !== null && !fields.some(({ name }) => fault(name)) && <ErrorState compact error={error} />}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" variant="primary" loading={busy}>
          {t('save')}
        </Button>
        {record && (
          <>
            <Button icon={<Trash2 />} onClick={() => setRemoving('delete')}>
              {t('delete')}
            </Button>
            <Button icon={<Eraser />} onClick={() => setRemoving('erase')}>
              {t('erase')}
            </Button>
          </>
        )}
      </div>
      <ConfirmDialog
        open={removing !== null}
        onOpenChange={(open) => !open && setRemoving(null)}
        title={t(removing === 'erase' ? 'eraseTitle' : 'deleteTitle')}
        body={t(removing === 'erase' ? 'eraseBody' : 'deleteBody')}
        confirmLabel={t(removing === 'erase' ? 'erase' : 'delete')}
        danger
        onConfirm={remove}
      />
    </form>
  );
}

function Control({ field, value }: { field: SandboxField; value: string }) {
  const { name, options } = field;
  const t = useTranslations('sandboxcrm');
  if (options)
    return <Select name={name} defaultValue={value} placeholder={t('nothing')} options={[...options]} />;
  return (
    <Input
      name={name}
      defaultValue={value}
      autoComplete="off"
      inputMode={field.kind === 'number' ? 'decimal' : field.kind === 'email' ? 'email' : 'text'}
      placeholder={field.kind === 'date' ? t('day') : undefined}
    />
  );
}
