'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { DateTime } from '@/ui/date-time';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Skeleton } from '@/ui/skeleton';
import { type LinkView, REVIEW_LIMITS } from '../../review-schema';
import type { ContentSession } from '../session';
import { useAction } from './use-review';

interface ReviewLinksProps {
  session: ContentSession;
  postId: string;
}

/** Links for people without an account: make one, see which still open, revoke them. */
export function ReviewLinks({ session, postId }: ReviewLinksProps) {
  const t = useTranslations('review.links');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="sm" icon={Link2} onClick={() => setOpen(true)}>
        {t('open')}
      </Button>
      <Dialog open={open} onOpenChange={setOpen} title={t('title')} description={t('description')}>
        {open && (
          <div className="grid gap-5">
            <NewLink session={session} postId={postId} />
            <OpenLinks session={session} postId={postId} />
          </div>
        )}
      </Dialog>
    </>
  );
}

const keyOf = ({ session, postId }: ReviewLinksProps) => ['review-links', session.organizationId, postId];

function NewLink(props: ReviewLinksProps) {
  const t = useTranslations('review.links');
  const client = useQueryClient();
  const { busy, error, act } = useAction();
  const [label, setLabel] = useState('');
  const [passcode, setPasscode] = useState('');
  const [url, setUrl] = useState<string | null>(null);
  const make = () => {
    const body = { label: label.trim(), ...(passcode ? { passcode } : {}) };
    return act(body, async () => {
      const made = await api<{ url: string }>('POST', `/api/posts/${props.postId}/review-links`, { body });
      setUrl(made.url);
      setLabel('');
      setPasscode('');
      await client.invalidateQueries({ queryKey: keyOf(props) });
    });
  };
  return (
    <form
      method="post"
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        if (label.trim()) void make();
      }}
    >
      <Field label={t('label')} hint={t('labelHint')}>
        <Input
          value={label}
          maxLength={REVIEW_LIMITS.nameMax}
          onChange={(event) => setLabel(event.target.value)}
        />
      </Field>
      <Field label={t('passcode')} hint={t('passcodeHint')}>
        <Input
          value={passcode}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => setPasscode(event.target.value)}
        />
      </Field>
      <Button
        type="submit"
        variant="primary"
        className="justify-self-start"
        loading={busy}
        disabled={label.trim() === '' || (passcode !== '' && passcode.length < 6)}
      >
        {t('make')}
      </Button>
      {error !== null && <ErrorState error={error} compact />}
      {url && (
        <div role="status" className="grid gap-2 rounded-md bg-ok-tint px-3 py-2.5 text-sm">
          <p>{t('once')}</p>
          <p className="flex items-center gap-2">
            <code className="min-w-0 flex-1 font-mono text-xs break-all">{url}</code>
            <CopyButton value={url} label={t('copy')} />
          </p>
        </div>
      )}
    </form>
  );
}

function OpenLinks(props: ReviewLinksProps) {
  const t = useTranslations('review.links');
  const client = useQueryClient();
  const { busy, error, act } = useAction();
  const path = `/api/posts/${props.postId}/review-links` as const;
  const links = useQuery({
    queryKey: keyOf(props),
    queryFn: async () => (await api<{ items: LinkView[] }>('GET', path)).items,
  });
  if (links.error) return <ErrorState error={links.error} onRetry={() => void links.refetch()} compact />;
  if (!links.data) return <Skeleton className="h-12" />;
  if (links.data.length === 0) return <p className="text-sm text-muted">{t('none')}</p>;
  const revoke = (linkId: string) =>
    act(linkId, async () => {
      await api('DELETE', path, { query: { linkId } });
      await client.invalidateQueries({ queryKey: keyOf(props) });
    });
  return (
    <div className="grid gap-2">
      <ul aria-label={t('existing')} className="divide-y divide-line rounded-md border border-line">
        {links.data.map((link) => (
          <li key={link.linkId} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2 text-sm">
            <span className="font-medium">{link.label}</span>
            <span className="min-w-0 flex-1 text-xs text-muted">
              {link.openedAt ? t('opened') : t('notOpened')} · {t('until')}{' '}
              <DateTime at={new Date(link.expiresAt)} />
              {link.passcode && ` · ${t('withPasscode')}`}
            </span>
            <Button size="sm" variant="ghost" disabled={busy} onClick={() => void revoke(link.linkId)}>
              {t('revoke')}
            </Button>
          </li>
        ))}
      </ul>
      {error !== null && <ErrorState error={error} compact />}
    </div>
  );
}
