'use client';

import { zodResolver } from '@hookform/resolvers/zod';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { type UseFormReturn, useForm } from 'react-hook-form';
import { useCan, useSession } from '@/client/session';
import { TASK_PRICES } from '@/features/tokens/prices';
import { Field } from '@/ui/field';
import { Textarea } from '@/ui/textarea';
import { LibrarySheet, type Tab } from './library-sheet';
import { SheetWaiting } from './sheet-waiting';
import { Trial } from './trial';
import { useVoiceVersions, type VoiceHead, type VoiceVersion } from './use-library';
import { VersionsTab } from './versions-tab';
import { VoiceForm } from './voice-form';
import { type VoiceValues, voiceForm, voiceValues } from './voice-values';

type VoiceEditorProps = {
  /** Null for a new voice. */
  head: VoiceHead | null;
  names: ReadonlyMap<string, string>;
  onClose: () => void;
};

/** Opens a voice at its newest version. */
export function VoiceEditor(props: VoiceEditorProps) {
  const { organization } = useSession();
  const versions = useVoiceVersions(organization.id, props.head?.id ?? null);
  const newest = versions.items[0];
  if (props.head === null) return <OpenVoice {...props} versions={[]} initial={voiceValues()} />;
  if (newest) return <OpenVoice {...props} versions={versions.items} initial={voiceValues(newest)} />;
  return <SheetWaiting kind="voices" head={props.head} live={versions} onClose={props.onClose} />;
}

type OpenVoiceProps = VoiceEditorProps & { versions: readonly VoiceVersion[]; initial: VoiceValues };

function OpenVoice({ head, names, onClose, versions, initial }: OpenVoiceProps) {
  const [tab, setTab] = useState<Tab>('edit');
  const form = useForm({ resolver: zodResolver(voiceForm), defaultValues: initial });
  const { isDirty } = form.formState;
  const collect = async () => {
    let fields: unknown = null;
    await form.handleSubmit((valid) => {
      fields = valid;
    })();
    return fields;
  };
  const take = (version: VoiceVersion) => {
    for (const [key, value] of Object.entries(voiceValues(version)))
      form.setValue(key as keyof VoiceValues, value, { shouldDirty: true });
    setTab('edit');
  };
  return (
    <LibrarySheet
      kind="voices"
      head={head}
      versionCount={versions.length}
      tab={tab}
      onTabChange={setTab}
      dirty={isDirty}
      collect={collect}
      onClose={onClose}
      panels={{
        edit: (
          <VoiceForm form={form as unknown as UseFormReturn<VoiceValues>} disabled={!useCan('ai.manage')} />
        ),
        try: <VoiceTrial head={head} />,
        versions: head && (
          <VersionsTab
            kind="voices"
            head={head}
            versions={versions}
            names={names}
            onTake={take}
            factsOf={(version) => voiceForm.parse(voiceValues(version))}
          />
        ),
      }}
    />
  );
}

/** The same request as in the composer, with this voice; only what is published can be used. */
function VoiceTrial({ head }: { head: VoiceHead | null }) {
  const t = useTranslations('ai.voices.trial');
  const [text, setText] = useState('');
  const published = head?.status === 'published' ? head.publishedVersion : null;
  const brief = text.trim();
  return (
    <div className="grid gap-4">
      <Field
        label={t('brief')}
        hint={published === null ? t('unpublished') : t('with', { version: published })}
      >
        <Textarea
          value={text}
          rows={3}
          maxLength={2_000}
          placeholder={t('placeholder')}
          onChange={(event) => setText(event.target.value)}
        />
      </Field>
      <Trial
        price={TASK_PRICES.post_text.tokens}
        blocked={published === null ? t('publishFirst') : undefined}
        request={brief && head ? { task: 'post_text', input: { text: brief }, brandVoiceId: head.id } : null}
      />
    </div>
  );
}
