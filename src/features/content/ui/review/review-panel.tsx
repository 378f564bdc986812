'use client';
import { Check, Send, Undo2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import type { Connection } from '@/features/platforms/schema';
import { Badge, type Tone } from '@/ui/badge';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { RelativeTime } from '@/ui/relative-time';
import { Textarea } from '@/ui/textarea';
import { toast } from '@/ui/toast';
import { isApproved } from '../../approval';
import { isLocked } from '../../edit-plan';
import { REVIEW_LIMITS } from '../../review-schema';
import type { Approval, Post } from '../../schema';
import { type ContentSession, may } from '../session';
import { Conversation } from './conversation';
import { ReviewLinks } from './review-links';
import { useAction } from './use-review';

const TONES: Record<Approval['status'], Tone> = {
  none: 'neutral',
  in_review: 'info',
  approved: 'ok',
  changes_requested: 'warn',
};

export interface ReviewPanelProps {
  session: ContentSession;
  post: Post;
  runs: readonly { status: string; connectionId: string; dueAt: Date }[];
  byId: ReadonlyMap<string, Connection>;
}

/** Where the review of a post stands, what can be decided, and what was said about it. */
export function ReviewPanel({ session, post, runs, byId }: ReviewPanelProps) {
  const t = useTranslations('review');
  const { approval, contentHash } = post;
  const current = approval.status !== 'approved' || isApproved(approval, contentHash);
  const status = current ? approval.status : 'none';
  const locked = new Set(runs.filter(isLocked).map((run) => run.connectionId));
  const over = post.channelIds.length > 0 && post.channelIds.every((id) => locked.has(id));
  return (
    <Card
      title={t('title')}
      actions={<Badge tone={TONES[status]}>{t(`state.${status}`)}</Badge>}
      footer={
        !over && may(session, 'content.approve') ? (
          <ReviewLinks session={session} postId={post.id} />
        ) : undefined
      }
    >
      <div className="grid gap-4">
        {approval.at && approval.byName && current && (
          <p className="text-sm text-muted">
            {t(`by.${approval.status}`, { name: approval.byName })} <RelativeTime at={approval.at} />
          </p>
        )}
        {!over && <Decision session={session} post={post} runs={runs} status={status} />}
        <Conversation session={session} post={post} byId={byId} />
      </div>
    </Card>
  );
}

type DecisionProps = Pick<ReviewPanelProps, 'session' | 'post' | 'runs'> & { status: Approval['status'] };

function Decision({ session, post, runs, status }: DecisionProps) {
  const t = useTranslations('review');
  const { busy, error, act } = useAction();
  const [comment, setComment] = useState('');
  const mayApprove = may(session, 'content.approve');
  const maySubmit = may(session, 'content.write') && (status === 'none' || status === 'changes_requested');
  const decidable = mayApprove && (status === 'in_review' || status === 'changes_requested');
  const sendBack = mayApprove && status !== 'changes_requested';
  const waits = (run: { status: string }) => run.status === 'pending_approval' || run.status === 'blocked';
  const sendsNow = runs.some((run) => waits(run) && run.dueAt <= new Date());
  const text = comment.trim();
  const send = async (verb: 'submit' | 'approve' | 'request-changes', body: object, done: string) => {
    const sent = await act([verb, post.id, body], (idempotencyKey) =>
      api('POST', `/api/posts/${post.id}/${verb}`, { body, idempotencyKey }),
    );
    if (!sent) return;
    setComment('');
    toast.success(done);
  };
  const decision = { contentHash: post.contentHash, ...(text ? { comment: text } : {}) };
  if (!mayApprove && !maySubmit) return null;
  return (
    <div className="grid gap-3">
      <Field label={t('note')} hint={sendBack ? t('noteHint') : undefined}>
        <Textarea
          rows={2}
          value={comment}
          maxLength={REVIEW_LIMITS.commentMax}
          onChange={(event) => setComment(event.target.value)}
        />
      </Field>
      {decidable && sendsNow && <p className="text-sm text-muted">{t('sendsNow')}</p>}
      <div className="flex flex-wrap gap-2">
        {decidable && (
          <Button
            variant="primary"
            icon={Check}
            loading={busy}
            onClick={() => void send('approve', decision, t('approved'))}
          >
            {sendsNow ? t('approveAndSend') : t('approve')}
          </Button>
        )}
        {sendBack && (
          <Button
            icon={Undo2}
            disabled={busy || text === ''}
            onClick={() => void send('request-changes', decision, t('sentBack'))}
          >
            {t('requestChanges')}
          </Button>
        )}
        {maySubmit && (
          <Button
            icon={Send}
            disabled={busy}
            onClick={() => void send('submit', text ? { note: text } : {}, t('submitted'))}
          >
            {t('submit')}
          </Button>
        )}
      </div>
      {error !== null && <ErrorState error={error} compact />}
    </div>
  );
}
