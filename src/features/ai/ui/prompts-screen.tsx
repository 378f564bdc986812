'use client';

import { ScrollText } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { parseAsString, useQueryState } from 'nuqs';
import { useMemo } from 'react';
import { useSession } from '@/client/session';
import type { DataColumn } from '@/ui/data-table';
import { LibraryTable } from './library-table';
import { PromptEditor } from './prompt-editor';
import { type PromptHead, usePrompts } from './use-library';
import { useMemberNames } from './use-usage';

const NEW = 'new';

/** Texts that are written once and filled many times. What is open is in the address. */
export function PromptsScreen() {
  const t = useTranslations('ai.prompts');
  const tokens = useTranslations('tokens');
  const { organization } = useSession();
  const prompts = usePrompts(organization.id);
  const names = useMemberNames(organization.id);
  const [open, setOpen] = useQueryState('open', parseAsString);
  const extra = useMemo<DataColumn<PromptHead>[]>(
    () => [
      {
        id: 'task',
        header: t('task'),
        sortValue: (head) => tokens(`task.${head.task}`),
        cell: (head) => tokens(`task.${head.task}`),
      },
    ],
    [t, tokens],
  );
  const head = prompts.items.find((one) => one.id === open) ?? null;
  const close = () => void setOpen(null);
  return (
    <>
      <p className="max-w-[68ch] text-base text-muted">{t('intro')}</p>
      <LibraryTable
        kind="prompts"
        heads={prompts.items}
        loading={prompts.status === 'loading'}
        error={prompts.error}
        onRetry={prompts.retry}
        onOpen={setOpen}
        onCreate={() => void setOpen(NEW)}
        icon={<ScrollText />}
        names={names}
        extra={extra}
      />
      {open === NEW && <PromptEditor key={NEW} head={null} names={names} onClose={close} />}
      {head && <PromptEditor key={head.id} head={head} names={names} onClose={close} />}
    </>
  );
}
