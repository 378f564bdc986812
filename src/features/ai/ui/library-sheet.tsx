'use client';

import { useTranslations } from 'next-intl';
import { type ReactNode, useState } from 'react';
import { useCan } from '@/client/session';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { ErrorState } from '@/ui/error-state';
import { Sheet } from '@/ui/sheet';
import { Tabs } from '@/ui/tabs';
import { toast } from '@/ui/toast';
import { useAttempts } from '@/ui/use-attempt';
import { HeadStatus } from './library-table';
import { archive, type Head, type Kind, publishVersion, saveVersion } from './use-library';

export const TABS = ['edit', 'try', 'versions'] as const;
export type Tab = (typeof TABS)[number];

type LibrarySheetProps = {
  kind: Kind;
  /** Null while a new one is written. */
  head: Head | null;
  versionCount: number;
  tab: Tab;
  onTabChange: (tab: Tab) => void;
  /** The form holds something that is not saved. */
  dirty: boolean;
  /** Checks the form and gives what is sent; null when it has faults, which it then shows. */
  collect: () => Promise<unknown | null>;
  onClose: () => void;
  panels: Record<Tab, ReactNode>;
};

/** One voice or template: its text, a try-out, its versions; saving writes a new version. */
export function LibrarySheet(props: LibrarySheetProps) {
  const { kind, head, dirty, onClose } = props;
  const t = useTranslations('ai.library');
  const own = useTranslations(`ai.${kind}`);
  const manages = useCan('ai.manage');
  const [leaving, setLeaving] = useState(false);
  const saving = useSaving(props);
  const tabs = head ? TABS : (['edit', 'try'] as const);
  return (
    <>
      <Sheet
        open
        onOpenChange={(open) => !open && (dirty ? setLeaving(true) : onClose())}
        title={head?.name ?? own('create')}
        description={head ? <HeadStatus head={head} /> : own('createBody')}
        footer={manages && <Footer {...props} saving={saving} />}
      >
        <div className="grid gap-4">
          {!manages && <p className="text-sm text-muted">{t('readOnly')}</p>}
          {saving.error !== null && <ErrorState error={saving.error} safe={t('kept')} compact />}
          <Tabs<Tab>
            aria-label={own('title')}
            value={props.tab}
            onValueChange={props.onTabChange}
            tabs={tabs.map((value) => ({
              value,
              label: own(`tab.${value}`),
              ...(value === 'versions' ? { count: props.versionCount } : {}),
            }))}
          >
            {props.panels[props.tab]}
          </Tabs>
        </div>
      </Sheet>
      <ConfirmDialog
        open={leaving}
        onOpenChange={setLeaving}
        title={t('leaveTitle')}
        body={t('leaveBody')}
        confirmLabel={t('leave')}
        danger
        onConfirm={onClose}
      />
    </>
  );
}

type Saving = {
  busy: 'draft' | 'publish' | null;
  error: unknown;
  save: (how: 'draft' | 'publish') => Promise<void>;
};

function useSaving({ kind, head, collect, onTabChange, onClose }: LibrarySheetProps): Saving {
  const t = useTranslations('ai.library');
  const { busy, error, attempt, clear } = useAttempts<'draft' | 'publish'>();
  // One per opened sheet: pressing "Save" again after a lost answer makes no second entry.
  const [key] = useState(() => crypto.randomUUID());
  const save = async (how: 'draft' | 'publish') => {
    clear();
    const fields = await collect();
    if (fields === null) {
      onTabChange('edit');
      return;
    }
    await attempt(how, async () => {
      const publish = how === 'publish';
      const { latestVersion } = await saveVersion(kind, head?.id ?? null, fields, { publish, attempt: key });
      toast.success(t(publish ? 'published' : 'saved', { version: latestVersion }));
      onClose();
    });
  };
  return { busy, error, save };
}

function Footer({ kind, head, dirty, onClose, saving }: LibrarySheetProps & { saving: Saving }) {
  const t = useTranslations('ai.library');
  const [archiving, setArchiving] = useState(false);
  const archived = head?.status === 'archived';
  const restore = async () => {
    if (!head) return;
    try {
      await publishVersion(kind, head.id, head.publishedVersion ?? head.latestVersion);
      toast.success(t('restored'));
    } catch (error) {
      toast.error(t('restoreFailed'), { description: error instanceof Error ? error.message : '' });
    }
  };
  return (
    <>
      {head && !archived && (
        <Button variant="ghost" className="mr-auto text-danger" onClick={() => setArchiving(true)}>
          {t('archive')}
        </Button>
      )}
      {archived && (
        <Button className="mr-auto" onClick={restore}>
          {t('restore')}
        </Button>
      )}
      <Button
        loading={saving.busy === 'draft'}
        disabled={!dirty || saving.busy === 'publish'}
        onClick={() => saving.save('draft')}
      >
        {t('saveDraft')}
      </Button>
      <Button
        variant="primary"
        loading={saving.busy === 'publish'}
        disabled={!dirty || saving.busy === 'draft'}
        onClick={() => saving.save('publish')}
      >
        {t('savePublish')}
      </Button>
      {head && (
        <ConfirmDialog
          open={archiving}
          onOpenChange={setArchiving}
          title={t('archiveTitle', { name: head.name })}
          body={t(`archiveBody.${kind}`)}
          confirmLabel={t('archive')}
          danger
          onConfirm={async () => {
            await archive(kind, head.id);
            onClose();
          }}
        />
      )}
    </>
  );
}
