'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useAction } from '@/features/content/ui/review/use-review';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { RelativeTime } from '@/ui/relative-time';
import { toast } from '@/ui/toast';
import { filledTemplate } from '../post-text';
import type { FeedPreview } from '../schema';
import { FeedFields } from './feed-fields';
import { type FeedSettings, NEW_SETTINGS } from './feed-settings';

/** As it comes over the wire: dates are text. */
type Shown = Omit<FeedPreview, 'items'> & {
  items: (Omit<FeedPreview['items'][number], 'publishedAt'> & { publishedAt: string | null })[];
};

/** An address, what it would make, and what is to become of it. */
export function AddFeedDialog({ onClose }: { onClose: () => void }) {
  const t = useTranslations('feeds');
  const { busy, error, act } = useAction();
  const [url, setUrl] = useState('');
  const [shown, setShown] = useState<Shown | null>(null);
  const [settings, setSettings] = useState<FeedSettings>(NEW_SETTINGS);
  const fault = (field: string) => (error instanceof ApiProblem ? error.fault(`body.${field}`) : undefined);
  const known = ['url', 'connectionIds', 'template', 'instruction', 'intervalMinutes'].some(fault);

  const look = async () => {
    await act(['look', url], async () => {
      const address = /^[a-z]+:\/\//i.test(url.trim()) ? url.trim() : `https://${url.trim()}`;
      setShown(await api<Shown>('POST', '/api/feeds/preview', { body: { url: address } }));
    });
  };
  const add = async () => {
    const body = { url: shown?.url, ...settings };
    const added = await act(body, (idempotencyKey) => api('POST', '/api/feeds', { body, idempotencyKey }));
    if (!added) return;
    toast.success(t('added', { title: shown?.title ?? '' }));
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void (shown ? add() : look());
  };
  const ready = shown ? settings.connectionIds.length > 0 : url.trim() !== '';
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('addTitle')}
      size="lg"
      footer={
        <>
          {shown && <Button onClick={() => setShown(null)}>{t('otherAddress')}</Button>}
          <Button variant="primary" type="submit" form="feed-form" loading={busy} disabled={!ready}>
            {shown ? t('follow') : t('look')}
          </Button>
        </>
      }
    >
      <form id="feed-form" onSubmit={submit} noValidate className="grid gap-5">
        {shown ? (
          <>
            <Preview shown={shown} settings={settings} />
            <FeedFields
              settings={settings}
              onChange={(change) => setSettings({ ...settings, ...change })}
              fault={fault}
            />
          </>
        ) : (
          <Field label={t('address')} hint={t('addressHint')} error={fault('url')} required>
            <Input
              type="url"
              inputMode="url"
              value={url}
              placeholder="https://"
              onChange={(event) => setUrl(event.target.value)}
            />
          </Field>
        )}
        {error !== null && !known && <ErrorState error={error} compact />}
      </form>
    </Dialog>
  );
}

/** The last items, with the words each would be posted in. */
function Preview({ shown, settings }: { shown: Shown; settings: FeedSettings }) {
  const t = useTranslations('feeds');
  return (
    <section className="grid gap-3" aria-labelledby="feed-preview">
      <div>
        <h3 id="feed-preview" className="font-semibold break-words">
          {shown.title}
        </h3>
        <p className="text-sm text-muted">{t('previewBody')}</p>
      </div>
      {shown.items.length === 0 && <p className="text-sm text-muted">{t('noItems')}</p>}
      <ol className="grid max-h-56 gap-2 overflow-y-auto">
        {shown.items.map((item) => (
          <li
            key={`${item.link} ${item.title}`}
            className="grid gap-1 rounded-md border border-line bg-sunken px-3 py-2 text-sm"
          >
            <p className="wrap-anywhere whitespace-pre-wrap">
              {settings.writer === 'ai' ? item.title : filledTemplate(settings.template, item)}
            </p>
            {item.publishedAt && (
              <p className="text-xs text-muted">
                <RelativeTime at={item.publishedAt} />
              </p>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
