'use client';
import { useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { useAttempt } from '@/ui/use-attempt';

/** Lets whoever reads the practice network write under a post, so that an inbox has something to show. */
export function SandboxComment({ postId }: { postId: string }) {
  const t = useTranslations('platforms.sandbox');
  const queries = useQueryClient();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const { busy, error, attempt } = useAttempt();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    await attempt(async () => {
      await api('POST', '/api/sandbox-network/comments', { body: { postId, name, text } });
      setText('');
      setOpen(false);
      await queries.invalidateQueries({ queryKey: ['sandbox-feed'] });
    });
  };
  if (!open) {
    return (
      <Button size="sm" variant="ghost" className="justify-self-start" onClick={() => setOpen(true)}>
        {t('comment')}
      </Button>
    );
  }
  return (
    <form onSubmit={send} className="grid gap-3 rounded-md border border-line p-3">
      <Field label={t('commentName')} required>
        <Input value={name} maxLength={60} onChange={(event) => setName(event.target.value)} />
      </Field>
      <Field label={t('commentText')} required>
        <Input value={text} maxLength={500} onChange={(event) => setText(event.target.value)} />
      </Field>
      <div className="flex gap-2">
        <Button size="sm" variant="primary" type="submit" loading={busy}>
          {t('commentSend')}
        </Button>
        <Button size="sm" variant="ghost" onClick={() => setOpen(false)}>
          {t('commentCancel')}
        </Button>
      </div>
      {error !== null && <ErrorState error={error} compact />}
    </form>
  );
}
