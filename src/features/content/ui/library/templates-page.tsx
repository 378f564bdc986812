'use client';
import { LayoutTemplate, Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsStringLiteral, useQueryState } from 'nuqs';
import { useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { Dialog } from '@/ui/dialog';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { PageHeader } from '@/ui/page-header';
import { Skeleton } from '@/ui/skeleton';
import { Tabs } from '@/ui/tabs';
import { Textarea } from '@/ui/textarea';
import { type ContentTemplate, TEMPLATE_KINDS, type TemplateKind, templateFault } from '../../library-schema';
import { useAction } from '../review/use-review';
import { type ContentSession, may } from '../session';
import { useTemplates } from './use-library';

/** Words to use again: templates with places to fill, signatures, groups of hashtags. Live. */
export function TemplatesPage({ session }: { session: ContentSession }) {
  const t = useTranslations('library.templates');
  const [kind, setKind] = useQueryState('kind', parseAsStringLiteral(TEMPLATE_KINDS).withDefault('post'));
  const templates = useTemplates(session.organizationId);
  const [editing, setEditing] = useState<ContentTemplate | 'new' | null>(null);
  const canWrite = may(session, 'content.write');
  const shown = templates.items.filter((one) => one.kind === kind);
  const create = canWrite && (
    <Button variant="primary" icon={Plus} onClick={() => setEditing('new')}>
      {t(`create.${kind}`)}
    </Button>
  );
  return (
    <>
      <PageHeader title={t('title')} description={t('description')} actions={create} />
      <Tabs
        aria-label={t('kinds')}
        value={kind}
        onValueChange={(next) => void setKind(next)}
        tabs={TEMPLATE_KINDS.map((value) => ({ value, label: t(`kind.${value}`) }))}
        className="mb-3"
      />
      {templates.status === 'error' && <ErrorState error={templates.error} onRetry={templates.retry} />}
      {templates.status === 'loading' && <Skeleton className="h-40" />}
      {(templates.status === 'live' || templates.status === 'offline') && shown.length === 0 && (
        <EmptyState
          icon={LayoutTemplate}
          title={t(`empty.${kind}.title`)}
          body={t(`empty.${kind}.body`)}
          action={create}
        />
      )}
      {shown.length > 0 && (
        <ul className="divide-y divide-line rounded-lg border border-line bg-surface">
          {shown.map((one) => (
            <Row
              key={one.id}
              template={one}
              onEdit={canWrite ? () => setEditing(one) : null}
              canDelete={canWrite && (one.createdBy === session.userId || may(session, 'content.manage'))}
            />
          ))}
        </ul>
      )}
      {editing && (
        <TemplateDialog
          kind={kind}
          template={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      )}
    </>
  );
}

interface RowProps {
  template: ContentTemplate;
  onEdit: (() => void) | null;
  canDelete: boolean;
}

function Row({ template, onEdit, canDelete }: RowProps) {
  const t = useTranslations('library.templates');
  const [asking, setAsking] = useState(false);
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-medium break-words">{template.name}</p>
        <p className="line-clamp-3 text-sm break-words whitespace-pre-wrap text-muted">{template.text}</p>
      </div>
      {onEdit && (
        <Button size="sm" aria-label={t('editNamed', { name: template.name })} onClick={onEdit}>
          {t('edit')}
        </Button>
      )}
      {canDelete && (
        <Button size="sm" variant="ghost" onClick={() => setAsking(true)}>
          {t('delete')}
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('deleteTitle', { name: template.name })}
        body={t('deleteBody')}
        confirmLabel={t('delete')}
        danger
        onConfirm={() => api('DELETE', `/api/templates/${template.id}`)}
      />
    </li>
  );
}

interface TemplateDialogProps {
  kind: TemplateKind;
  template: ContentTemplate | null;
  onClose: () => void;
}

function TemplateDialog({ kind, template, onClose }: TemplateDialogProps) {
  const t = useTranslations('library.templates');
  const { busy, error, act } = useAction();
  const [name, setName] = useState(template?.name ?? '');
  const [text, setText] = useState(template?.text ?? '');
  const wrong = text.trim() !== '' && templateFault(kind, text.trim()) !== null;
  const save = async () => {
    const words = { name: name.trim(), text: text.trim() };
    const saved = await act([template?.id, kind, words], (idempotencyKey) =>
      template
        ? api('PATCH', `/api/templates/${template.id}`, { body: words, idempotencyKey })
        : api('POST', '/api/templates', { body: { kind, ...words }, idempotencyKey }),
    );
    if (saved) onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={template ? t('editTitle') : t(`create.${kind}`)}
      footer={
        <Button
          variant="primary"
          loading={busy}
          disabled={name.trim() === '' || text.trim() === '' || wrong}
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
        <Field
          label={t('text')}
          hint={t(`hint.${kind}`)}
          error={wrong ? t(`wrong.${kind}`) : undefined}
          required
        >
          <Textarea
            rows={5}
            value={text}
            maxLength={10_000}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        {error !== null && <ErrorState error={error} compact />}
      </div>
    </Dialog>
  );
}
