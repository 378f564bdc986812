'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { useCan, useSession } from '@/client/session';
import { promptFields } from '../model';
import { LibrarySheet, type Tab } from './library-sheet';
import { PromptForm } from './prompt-form';
import { PromptPreview } from './prompt-preview';
import { type PromptValues, promptFieldsOf, promptValues } from './prompt-values';
import { SheetWaiting } from './sheet-waiting';
import { type PromptHead, type PromptVersion, usePromptVersions } from './use-library';
import { VersionsTab } from './versions-tab';

type PromptEditorProps = {
  /** Null for a new template. */
  head: PromptHead | null;
  names: ReadonlyMap<string, string>;
  onClose: () => void;
};

/** Opens a template at its newest version. */
export function PromptEditor(props: PromptEditorProps) {
  const { organization } = useSession();
  const versions = usePromptVersions(organization.id, props.head?.id ?? null);
  const newest = versions.items[0];
  if (props.head === null) return <OpenPrompt {...props} versions={[]} initial={promptValues()} />;
  if (newest) return <OpenPrompt {...props} versions={versions.items} initial={promptValues(newest)} />;
  return <SheetWaiting kind="prompts" head={props.head} live={versions} onClose={props.onClose} />;
}

type OpenPromptProps = PromptEditorProps & { versions: readonly PromptVersion[]; initial: PromptValues };

function OpenPrompt({ head, names, onClose, versions, initial }: OpenPromptProps) {
  const t = useTranslations('ai.prompts');
  const [tab, setTab] = useState<Tab>('edit');
  const form = useForm<PromptValues>({ defaultValues: initial });
  const { isDirty } = form.formState;
  const collect = async () => {
    const checked = promptFields.safeParse(promptFieldsOf(form.getValues()));
    form.clearErrors();
    if (checked.success) return checked.data;
    const { variables } = promptFieldsOf(form.getValues());
    for (const { path } of checked.error.issues) {
      const [field, index] = path;
      if (field === 'variables' && typeof index === 'number')
        form.setError(`variables.${variables[index]?.name ?? ''}`, { message: t('fault.variable') });
      else
        form.setError(field === 'name' ? 'name' : 'body', {
          message: t(field === 'name' ? 'fault.name' : 'fault.body'),
        });
    }
    return null;
  };
  const take = (version: PromptVersion) => {
    const { name, task, body, variables } = promptValues(version);
    form.setValue('name', name, { shouldDirty: true });
    form.setValue('task', task, { shouldDirty: true });
    form.setValue('variables', variables, { shouldDirty: true });
    form.setValue('body', body, { shouldDirty: true });
    setTab('edit');
  };
  return (
    <LibrarySheet
      kind="prompts"
      head={head}
      versionCount={versions.length}
      tab={tab}
      onTabChange={setTab}
      dirty={isDirty}
      collect={collect}
      onClose={onClose}
      panels={{
        edit: <PromptForm form={form} disabled={!useCan('ai.manage')} />,
        try: <PromptPreview head={head} values={form.getValues()} changed={isDirty} />,
        versions: head && (
          <VersionsTab
            kind="prompts"
            head={head}
            versions={versions}
            names={names}
            onTake={take}
            factsOf={({ name, task, body, variables }) => ({ name, task, body, variables })}
          />
        ),
      }}
    />
  );
}
