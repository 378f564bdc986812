'use client';
import { Check, ExternalLink, RotateCcw } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { memberModel } from '@/features/organizations/schema';
import { Avatar } from '@/ui/avatar';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { RelativeTime } from '@/ui/relative-time';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Select } from '@/ui/select';
import { useAttempt } from '@/ui/use-attempt';
import type { ChangeItem, InboxItemDoc, Reply } from '../schema';
import { ReplyBox } from './reply-box';

const TONES = { sending: 'info', sent: 'ok', failed: 'danger', unconfirmed: 'warn' } as const;

/** One conversation: what was written, what was answered, and who takes care of it. */
export function InboxDetail({ item }: { item: InboxItemDoc }) {
  const t = useTranslations('inbox');
  const { permissions } = useSession();
  // Some networks tell a name alone, and some not even that.
  const named = item.author.handle !== '' && item.author.handle !== item.author.displayName;
  return (
    <article
      className="grid gap-4 rounded-lg border border-line bg-surface p-4"
      aria-label={t('conversation')}
    >
      <header className="flex flex-wrap items-center gap-3">
        <Avatar name={item.author.displayName} size="lg" />
        <div className="min-w-0">
          <p className="truncate font-semibold">{item.author.displayName}</p>
          <p className="truncate text-sm text-muted">
            {named && <>@{item.author.handle} · </>}
            {t(`kind.${item.kind}`)} · <RelativeTime at={item.receivedAt} />
          </p>
        </div>
        {item.sandbox && <SandboxTag />}
        {item.permalink && (
          <a
            href={item.permalink}
            target="_blank"
            rel="noreferrer"
            className="ml-auto inline-flex items-center gap-1 text-sm text-iris-text hover:underline"
          >
            {t('seeThere')} <ExternalLink size={16} aria-hidden="true" />
          </a>
        )}
      </header>
      <p className="wrap-anywhere whitespace-pre-wrap">{item.text}</p>
      {item.replies.length > 0 && (
        <ul className="grid gap-3 border-l-2 border-line pl-4" aria-label={t('answers')}>
          {item.replies.map((reply) => (
            <ReplyEntry
              key={reply.id}
              itemId={item.id}
              reply={reply}
              mayPublish={permissions.includes('content.publish')}
            />
          ))}
        </ul>
      )}
      {permissions.includes('content.publish') &&
        (item.extra.unanswerable ? (
          <p className="text-sm text-muted">{t('unanswerable')}</p>
        ) : (
          <ReplyBox item={item} />
        ))}
      {permissions.includes('content.write') && <Care item={item} />}
    </article>
  );
}

function ReplyEntry({ itemId, reply, mayPublish }: { itemId: string; reply: Reply; mayPublish: boolean }) {
  const t = useTranslations('inbox');
  const { busy, error, attempt } = useAttempt();
  const resolve = (body: { outcome: 'sent' | 'absent'; resend?: boolean }) =>
    attempt(() => api('POST', `/api/inbox/${itemId}/replies/${reply.id}/resolve`, { body }));
  return (
    <li className="grid gap-1.5">
      <p className="flex flex-wrap items-center gap-2 text-sm text-muted">
        <span className="font-medium text-ink">{reply.byName || t('somebody')}</span>
        <RelativeTime at={reply.createdAt} />
        <Badge tone={TONES[reply.status]}>{t(`reply.${reply.status}`)}</Badge>
      </p>
      <p className="wrap-anywhere whitespace-pre-wrap">{reply.text}</p>
      {reply.error && <p className="text-sm text-danger">{reply.error}</p>}
      {mayPublish && reply.status === 'failed' && (
        <div>
          <Button size="sm" loading={busy} onClick={() => void resolve({ outcome: 'absent', resend: true })}>
            {t('sendAgain')}
          </Button>
        </div>
      )}
      {mayPublish && reply.status === 'unconfirmed' && (
        <div className="grid gap-2">
          <p className="text-sm">{t('isItOut')}</p>
          <div className="flex flex-wrap gap-2">
            <Button size="sm" loading={busy} onClick={() => void resolve({ outcome: 'sent' })}>
              {t('itIsOut')}
            </Button>
            <Button
              size="sm"
              loading={busy}
              onClick={() => void resolve({ outcome: 'absent', resend: true })}
            >
              {t('itIsNot')}
            </Button>
          </div>
        </div>
      )}
      {error !== null && <ErrorState error={error} compact />}
    </li>
  );
}

/** Who takes care of it, and whether it is done. */
function Care({ item }: { item: InboxItemDoc }) {
  const t = useTranslations('inbox');
  const { organization } = useSession();
  const members = useLiveQuery({
    model: memberModel,
    params: { orgId: organization.id },
    orderBy: [['displayName', 'asc']],
    limit: 200,
  });
  const { error, attempt } = useAttempt();
  const change = (body: ChangeItem) => attempt(() => api('PATCH', `/api/inbox/${item.id}`, { body }));
  return (
    <footer className="grid gap-3 border-t border-line pt-3">
      <div className="flex flex-wrap items-end justify-between gap-3">
        <Field label={t('assignee')}>
          <Select
            className="w-56"
            value={item.assigneeId ?? ''}
            placeholder={t('nobody')}
            options={members.items.map((one) => ({ value: one.userId, label: one.displayName }))}
            onValueChange={(userId) => void change({ assigneeId: userId || null })}
          />
        </Field>
        {item.status === 'open' ? (
          <Button icon={Check} onClick={() => void change({ status: 'done' })}>
            {t('markDone')}
          </Button>
        ) : (
          <Button icon={RotateCcw} onClick={() => void change({ status: 'open' })}>
            {t('reopen')}
          </Button>
        )}
      </div>
      {error !== null && <ErrorState error={error} compact />}
    </footer>
  );
}
