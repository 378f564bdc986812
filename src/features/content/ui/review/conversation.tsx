'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import type { Connection } from '@/features/platforms/schema';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { networkName } from '@/ui/network-mark';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { Textarea } from '@/ui/textarea';
import { REVIEW_LIMITS, type ReviewComment } from '../../review-schema';
import type { Post } from '../../schema';
import { type ContentSession, may } from '../session';
import { Thread } from './thread';
import { useAction, useThread } from './use-review';

interface ConversationProps {
  session: ContentSession;
  post: Post;
  byId: ReadonlyMap<string, Connection>;
}

/** What people say about a post; each comment may be about one channel, or about words of it. */
export function Conversation({ session, post, byId }: ConversationProps) {
  const t = useTranslations('review');
  const thread = useThread(session.organizationId, post.id);
  const { error, act } = useAction();
  const mayWrite = may(session, 'content.write');
  const at = (comment: ReviewComment) => `/api/posts/${post.id}/comments/${comment.id}` as const;
  const settle = (comment: ReviewComment) => {
    const body = { resolved: comment.resolvedAt === null };
    return act([comment.id, body], () => api('PATCH', at(comment), { body }));
  };
  const mine = (comment: ReviewComment) =>
    comment.kind === 'comment' && (comment.authorId === session.userId || may(session, 'content.manage'));
  if (thread.status === 'error') return <ErrorState error={thread.error} onRetry={thread.retry} compact />;
  if (thread.status === 'loading') return <Skeleton className="h-16" />;
  return (
    <div className="grid gap-4">
      <Thread
        items={thread.items}
        settled={(comment) => comment.resolvedAt !== null}
        about={(comment) => <Anchor comment={comment} byId={byId} />}
        actions={(comment) =>
          mayWrite &&
          comment.kind === 'comment' && (
            <span className="flex gap-1">
              <Button size="sm" variant="ghost" onClick={() => void settle(comment)}>
                {comment.resolvedAt === null ? t('settle') : t('reopen')}
              </Button>
              {mine(comment) && (
                <Button
                  size="sm"
                  variant="ghost"
                  onClick={() => void act(['delete', comment.id], () => api('DELETE', at(comment)))}
                >
                  {t('delete')}
                </Button>
              )}
            </span>
          )
        }
      />
      {error !== null && <ErrorState error={error} compact />}
      {mayWrite && <CommentForm post={post} byId={byId} />}
    </div>
  );
}

function Anchor({ comment, byId }: { comment: ReviewComment; byId: ConversationProps['byId'] }) {
  const t = useTranslations('review');
  const { anchor } = comment;
  const connection = anchor?.connectionId ? byId.get(anchor.connectionId) : undefined;
  if (!anchor || (!connection && !anchor.quote)) return null;
  return (
    <div className="grid gap-1 text-xs text-muted">
      {connection && (
        <p>{t('about', { channel: `${networkName(connection.platform)} · ${connection.displayName}` })}</p>
      )}
      {anchor.quote && <blockquote className="border-l-2 border-line pl-2">{anchor.quote}</blockquote>}
    </div>
  );
}

function CommentForm({ post, byId }: Pick<ConversationProps, 'post' | 'byId'>) {
  const t = useTranslations('review');
  const { busy, error, act } = useAction();
  const [text, setText] = useState('');
  const [channel, setChannel] = useState('');
  const [quote, setQuote] = useState('');
  const [shared, setShared] = useState(false);
  const channels = post.channelIds.flatMap((id) => byId.get(id) ?? []);
  const send = async () => {
    const anchor = {
      ...(channel ? { connectionId: channel } : {}),
      ...(quote.trim() ? { quote: quote.trim() } : {}),
    };
    const body = { text: text.trim(), shared, ...(Object.keys(anchor).length > 0 ? { anchor } : {}) };
    const sent = await act([post.id, body], (idempotencyKey) =>
      api('POST', `/api/posts/${post.id}/comments`, { body, idempotencyKey }),
    );
    if (!sent) return;
    setText('');
    setQuote('');
  };
  return (
    <form
      className="grid gap-3 border-t border-line pt-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim()) void send();
      }}
    >
      <Field label={t('comment')}>
        <Textarea
          rows={2}
          value={text}
          maxLength={REVIEW_LIMITS.commentMax}
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      <details>
        <summary className="cursor-pointer text-sm text-muted hover:text-ink">{t('more')}</summary>
        <div className="grid gap-3 pt-3">
          {channels.length > 0 && (
            <Field label={t('channel')}>
              <Select
                value={channel}
                onValueChange={setChannel}
                placeholder={t('wholePost')}
                options={channels.map((one) => ({
                  value: one.id,
                  label: `${networkName(one.platform)} · ${one.displayName}`,
                }))}
              />
            </Field>
          )}
          <Field label={t('quote')} hint={t('quoteHint')}>
            <Textarea
              rows={1}
              value={quote}
              maxLength={REVIEW_LIMITS.quoteMax}
              onChange={(event) => setQuote(event.target.value)}
            />
          </Field>
          <Checkbox
            label={t('shared')}
            description={t('sharedHint')}
            checked={shared}
            onCheckedChange={(next) => setShared(next === true)}
          />
        </div>
      </details>
      {error !== null && <ErrorState error={error} compact />}
      <Button
        type="submit"
        size="sm"
        className="justify-self-start"
        loading={busy}
        disabled={text.trim() === ''}
      >
        {t('say')}
      </Button>
    </form>
  );
}
