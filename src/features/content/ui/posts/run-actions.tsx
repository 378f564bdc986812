'use client';
import { Check, RotateCw, Send, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import type { Run } from '@/features/publishing/schema';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { LinkButton } from '@/ui/link-button';
import { useAttempt } from '@/ui/use-attempt';

/** A person is asked whether it is out, once looking has ended without an answer. */
export function needsAnswer(run: Pick<Run, 'status' | 'uncertain' | 'askedAt'>): boolean {
  const left = run.uncertain && (run.status === 'failed' || run.status === 'partial');
  return left || (run.status === 'unconfirmed' && run.askedAt !== null);
}

/** What a person can do about one channel: try again, reconnect, or say whether it is out. */
export function RunActions({ run }: { run: Run }) {
  const t = useTranslations('content.run');
  const { busy, error, attempt } = useAttempt();
  const act = async (path: 'retry' | 'resolve', body?: unknown) => {
    await attempt(async () => {
      await api('POST', `/api/posts/${run.postId}/runs/${run.id}/${path}`, {
        ...(body === undefined ? {} : { body }),
        idempotencyKey: crypto.randomUUID(),
      });
    });
  };
  const retryable = ['failed', 'blocked', 'partial'].includes(run.status) && !run.uncertain;
  return (
    <div className="grid gap-2">
      {needsAnswer(run) ? (
        <Question busy={busy} onAnswer={(answer) => act('resolve', answer)} />
      ) : (
        retryable && (
          <div className="flex flex-wrap gap-2">
            {run.blockedReason === 'reconnect' && (
              <LinkButton href="/channels" size="sm" variant="primary">
                {t('reconnect')}
              </LinkButton>
            )}
            <Button size="sm" icon={RotateCw} loading={busy} onClick={() => void act('retry')}>
              {t('retry')}
            </Button>
          </div>
        )
      )}
      {error !== null && <ErrorState error={error} compact />}
    </div>
  );
}

/** Nobody can tell whether it is out; the person looks and says. */
function Question({ busy, onAnswer }: { busy: boolean; onAnswer: (answer: unknown) => Promise<void> }) {
  const t = useTranslations('content.run');
  const [link, setLink] = useState('');
  const [sending, setSending] = useState(false);
  const trimmed = link.trim();
  const valid = trimmed === '' || URL.canParse(trimmed);
  return (
    <fieldset className="grid gap-3 rounded-md border border-warn bg-warn-tint p-3">
      <legend className="px-1 text-sm font-medium">{t('question')}</legend>
      <p className="text-sm">{t('questionBody')}</p>
      <Field label={t('link')} hint={t('linkHint')} error={valid ? undefined : t('linkInvalid')}>
        <Input
          type="url"
          placeholder="https://"
          value={link}
          onChange={(event) => setLink(event.target.value)}
        />
      </Field>
      <div className="flex flex-wrap gap-2">
        <Button
          size="sm"
          icon={Check}
          loading={busy}
          disabled={!valid}
          onClick={() => void onAnswer({ outcome: 'published', ...(trimmed ? { permalink: trimmed } : {}) })}
        >
          {t('isOut')}
        </Button>
        <Button size="sm" icon={Send} disabled={busy} onClick={() => setSending(true)}>
          {t('notOutSend')}
        </Button>
        <Button
          size="sm"
          variant="ghost"
          icon={X}
          disabled={busy}
          onClick={() => void onAnswer({ outcome: 'absent' })}
        >
          {t('leave')}
        </Button>
      </div>
      <ConfirmDialog
        open={sending}
        onOpenChange={setSending}
        title={t('sendTitle')}
        body={t('sendBody')}
        confirmLabel={t('send')}
        onConfirm={() => onAnswer({ outcome: 'absent', resend: true })}
      />
    </fieldset>
  );
}
