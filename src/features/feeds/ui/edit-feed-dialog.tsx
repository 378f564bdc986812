'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { useAction } from '@/features/content/ui/review/use-review';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import type { FeedDoc } from '../schema';
import { FeedFields } from './feed-fields';
import { type FeedSettings, settingsOf } from './feed-settings';

/** What becomes of a feed's items from now on. */
export function EditFeedDialog({ feed, onClose }: { feed: FeedDoc; onClose: () => void }) {
  const t = useTranslations('feeds');
  const { busy, error, act } = useAction();
  const [settings, setSettings] = useState<FeedSettings>(() => settingsOf(feed));
  const fault = (field: string) => (error instanceof ApiProblem ? error.fault(`body.${field}`) : undefined);
  const known = Object.keys(settings).some(fault);
  const save = async (event: FormEvent) => {
    event.preventDefault();
    const saved = await act([feed.id, settings], (idempotencyKey) =>
      api('PATCH', `/api/feeds/${feed.id}`, { body: settings, idempotencyKey }),
    );
    if (saved) onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t('editTitle', { title: feed.title })}
      size="lg"
      footer={
        <Button
          variant="primary"
          type="submit"
          form="feed-form"
          loading={busy}
          disabled={settings.connectionIds.length === 0}
        >
          {t('save')}
        </Button>
      }
    >
      <form id="feed-form" onSubmit={save} noValidate className="grid gap-5">
        <FeedFields
          settings={settings}
          onChange={(change) => setSettings({ ...settings, ...change })}
          fault={fault}
        />
        {error !== null && !known && <ErrorState error={error} compact />}
      </form>
    </Dialog>
  );
}
