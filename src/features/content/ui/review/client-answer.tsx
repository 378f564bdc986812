'use client';
import { Check, MessageSquare, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Textarea } from '@/ui/textarea';
import { toast } from '@/ui/toast';
import { type ClientAnswer, type ClientReview, type OpenedReview, REVIEW_LIMITS } from '../../review-schema';
import type { ClientAccess } from './client-unlock';
import { useAction } from './use-review';

export interface ClientAnswerFormProps {
  review: ClientReview;
  at: ClientAccess;
  onAnswered: (answer: OpenedReview) => void;
  /** The post says something else by now. */
  onStale: () => void;
}

/** A name, a word, and a decision about exactly what is shown. */
export function ClientAnswerForm({ review, at, onAnswered, onStale }: ClientAnswerFormProps) {
  const t = useTranslations('review.client');
  const { busy, error, act } = useAction();
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const who = name.trim();
  const said = text.trim();
  const open = review.state === 'open' || review.state === 'changes_requested';
  const send = async (action: ClientAnswer['action'], done: string) => {
    const { contentHash } = review.post;
    const body: ClientAnswer = { action, name: who, contentHash, ...(said ? { text: said } : {}) };
    const query = at.access ? { access: at.access } : {};
    const sent = await act(body, async () => {
      try {
        onAnswered(await api<OpenedReview>('POST', at.path, { body, query }));
      } catch (cause) {
        if (cause instanceof ApiProblem && cause.code === 'stale_version') onStale();
        throw cause;
      }
    });
    if (!sent) return;
    setText('');
    toast.success(done);
  };
  return (
    <Card title={t('answer')}>
      <div className="grid gap-3">
        <Field label={t('name')} required>
          <Input
            value={name}
            autoComplete="name"
            maxLength={REVIEW_LIMITS.nameMax}
            onChange={(event) => setName(event.target.value)}
          />
        </Field>
        <Field label={t('text')} hint={t('textHint')}>
          <Textarea
            rows={3}
            value={text}
            maxLength={REVIEW_LIMITS.commentMax}
            onChange={(event) => setText(event.target.value)}
          />
        </Field>
        {open && review.sendsAtOnce && <p className="text-sm text-muted">{t('sendsNow')}</p>}
        <div className="flex flex-wrap gap-2">
          {open && (
            <Button
              variant="primary"
              icon={Check}
              loading={busy}
              disabled={who === ''}
              onClick={() => void send('approve', t('approved'))}
            >
              {review.sendsAtOnce ? t('approveAndSend') : t('approve')}
            </Button>
          )}
          {review.state !== 'closed' && (
            <Button
              icon={Undo2}
              disabled={busy || who === '' || said === ''}
              onClick={() => void send('request_changes', t('sentBack'))}
            >
              {t('requestChanges')}
            </Button>
          )}
          <Button
            variant="ghost"
            icon={MessageSquare}
            disabled={busy || who === '' || said === ''}
            onClick={() => void send('comment', t('thanks'))}
          >
            {t('comment')}
          </Button>
        </div>
        {error !== null && <ErrorState error={error} compact />}
      </div>
    </Card>
  );
}
