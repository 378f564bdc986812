'use client';
import { BookmarkPlus, MessageSquareText, Send } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { templateModel } from '@/features/content/library-schema';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Menu } from '@/ui/menu';
import { Textarea } from '@/ui/textarea';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import { type InboxItemDoc, REPLY_MAX } from '../schema';

/** An answer in public. Ctrl or Cmd with Enter sends it. */
export function ReplyBox({ item }: { item: InboxItemDoc }) {
  const t = useTranslations('inbox');
  const [text, setText] = useState('');
  const { busy, error, attempt } = useAttempt();
  // One key for one wording: pressing twice, or again after a lost connection, sends once.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const fault = error instanceof ApiProblem ? error.fault('body.text') : undefined;
  const write = (next: string) => {
    setText(next);
    setKey(crypto.randomUUID());
  };
  const act = async (work: () => Promise<void>) => {
    if (!busy && text.trim() !== '') await attempt(work);
  };
  const send = () =>
    act(async () => {
      await api('POST', `/api/inbox/${item.id}/replies`, { body: { text }, idempotencyKey: key });
      write('');
    });
  const keep = () =>
    act(async () => {
      await api('POST', '/api/templates', { body: { kind: 'reply', name: text.trim().slice(0, 60), text } });
      toast.success(t('kept'));
    });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void send();
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void send();
  };
  return (
    <form onSubmit={submit} className="grid gap-2">
      <Field label={t('answer')} hint={t('answerHint')} error={fault}>
        <Textarea
          value={text}
          rows={3}
          maxLength={REPLY_MAX}
          onChange={(event) => write(event.target.value)}
          onKeyDown={press}
        />
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button variant="primary" type="submit" icon={Send} loading={busy} disabled={text.trim() === ''}>
          {t('send')}
        </Button>
        <SavedReplies onChoose={(saved) => write(text ? `${text}\n${saved}` : saved)} />
        <Button variant="ghost" icon={BookmarkPlus} disabled={text.trim() === ''} onClick={() => void keep()}>
          {t('keep')}
        </Button>
      </div>
      {error !== null && !fault && <ErrorState error={error} compact />}
    </form>
  );
}

function SavedReplies({ onChoose }: { onChoose: (text: string) => void }) {
  const t = useTranslations('inbox');
  const { organization } = useSession();
  const saved = useLiveQuery({
    model: templateModel,
    where: [
      ['organizationId', '==', organization.id],
      ['kind', '==', 'reply'],
    ],
    limit: 50,
  });
  if (saved.items.length === 0) return null;
  return (
    <Menu
      trigger={<Button icon={MessageSquareText}>{t('saved')}</Button>}
      items={saved.items.map((one) => ({ label: one.name, onSelect: () => onChoose(one.text) }))}
    />
  );
}
