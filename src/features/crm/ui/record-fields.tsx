'use client';
import { useQuery } from '@tanstack/react-query';
import { Pencil } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useCan } from '@/client/session';
import type { DocOf } from '@/core/db/model';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Input } from '@/ui/input';
import { NetworkMark, networkName } from '@/ui/network-mark';
import { RelativeTime } from '@/ui/relative-time';
import { useAttempt } from '@/ui/use-attempt';
import type { crmRecordModel, RecordDetailView } from '../schema';
import { shown } from './shown';

type Record = DocOf<typeof crmRecordModel>;

/** Every value with where it comes from; those that can be written at the vendor are changed in place. */
export function RecordFields({ record }: { record: Record }) {
  const t = useTranslations('crm');
  const may = useCan('crm.write') && record.status === 'active';
  const asked = useQuery({
    queryKey: ['crm-record', record.id],
    queryFn: () => api<RecordDetailView>('GET', `/api/crm/records/${record.id}`),
    enabled: may,
  });
  const [editing, setEditing] = useState<string | null>(null);
  const editable = new Set(
    may ? asked.data?.editable.flatMap(({ field, type }) => (type === 'array' ? [] : field)) : [],
  );
  const names = Object.keys(record.fields).sort();
  return (
    <Card title={t('fields')} flush>
      {names.length === 0 ? (
        <p className="px-4 pb-4 text-muted">{t('erased')}</p>
      ) : (
        <dl className="divide-y divide-line">
          {names.map((name) => (
            <div
              key={name}
              className="grid gap-x-4 gap-y-1 px-4 py-2 sm:grid-cols-[12rem_minmax(0,1fr)_auto]"
            >
              <dt className="font-mono text-xs leading-6 text-muted">{name}</dt>
              {editing === name ? (
                <dd className="sm:col-span-2">
                  <EditField record={record} name={name} onDone={() => setEditing(null)} />
                </dd>
              ) : (
                <>
                  <dd className="flex items-start justify-between gap-2 break-words">
                    <span className="min-w-0 break-words">{shown(record.fields[name])}</span>
                    {editable.has(name) && (
                      <IconButton
                        size="sm"
                        label={t('edit', { field: name })}
                        icon={<Pencil />}
                        onClick={() => setEditing(name)}
                      />
                    )}
                  </dd>
                  <dd className="flex items-center gap-2 text-sm text-muted">
                    <Source record={record} field={name} />
                  </dd>
                </>
              )}
            </div>
          ))}
        </dl>
      )}
      {record.issues.length > 0 && (
        <div className="border-t border-line px-4 py-3">
          <h3 className="text-sm font-medium">{t('issues')}</h3>
          <ul className="grid gap-1 pt-1 text-sm">
            {record.issues.map(({ field, message }) => (
              <li key={field}>
                <code className="font-mono text-xs">{field}</code> {message}
              </li>
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

function EditField({ record, name, onDone }: { record: Record; name: string; onDone: () => void }) {
  const t = useTranslations('crm');
  const before = record.fields[name];
  const [text, setText] = useState(before === null || before === undefined ? '' : String(before));
  // What was seen is what is changed: somebody else's change meanwhile must not be overwritten unseen.
  const [version] = useState(record.version);
  const { busy, error, attempt } = useAttempt();
  const fault = error instanceof ApiProblem ? error.fault(`body.fields.${name}`) : undefined;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    await attempt(async () => {
      await api('PATCH', `/api/crm/records/${record.id}`, {
        headers: { 'if-match': `"${version}"` },
        body: { fields: { [name]: text === '' ? null : text } },
      });
      onDone();
    });
  };
  return (
    <form onSubmit={save} className="grid gap-2">
      <Field label={name} hideLabel error={fault}>
        <Input
          autoFocus
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Escape' && onDone()}
        />
      </Field>
      <div className="flex gap-2">
        <Button type="submit" size="sm" variant="primary" loading={busy}>
          {t('save')}
        </Button>
        <Button size="sm" variant="ghost" onClick={onDone}>
          {t('cancel')}
        </Button>
      </div>
      {error !== null && !fault && <ErrorState compact error={error} />}
    </form>
  );
}

function Source({ record, field }: { record: Record; field: string }) {
  const t = useTranslations('crm');
  const known = record.provenance[field];
  if (!known) return null;
  return (
    <>
      {known.source === 'external' ? (
        <>
          <NetworkMark platform={record.platform} decorative />
          {networkName(record.platform)}
        </>
      ) : (
        t(`source.${known.source}`)
      )}
      <RelativeTime at={new Date(known.stamp)} />
    </>
  );
}
