'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import type { ContentTemplate } from '../../library-schema';
import { below, filledTemplate, placesOf } from '../../template-text';
import { type Draft, partsOf, setPart, setSignature, type Target } from '../composer/composer-state';
import type { ContentSession } from '../session';
import { useCampaigns, useTemplates } from './use-library';

export interface LibraryFieldsProps {
  session: ContentSession;
  draft: Draft;
  onDraft: (change: (draft: Draft) => Draft) => void;
  target: Target;
}

const OWN = 'channel';
const NONE = 'none';

/** What was written before and is used again: templates, hashtags, the signature of one channel; and the campaign. */
export function LibraryFields({ session, draft, onDraft, target }: LibraryFieldsProps) {
  const t = useTranslations('library.insert');
  const campaigns = useCampaigns(session.organizationId).items;
  const templates = useTemplates(session.organizationId).items;
  const [filling, setFilling] = useState<ContentTemplate | null>(null);
  const insert = (text: string) => {
    const last = partsOf(draft, target).length - 1;
    onDraft((before) => setPart(before, target, last, below(partsOf(before, target)[last] ?? '', text)));
  };
  const take = (id: string) => {
    const one = templates.find((template) => template.id === id);
    if (!one) return;
    if (placesOf(one.text).length > 0) setFilling(one);
    else insert(one.text);
  };
  const offered = templates.filter((one) => one.kind !== 'signature');
  const signatures = templates.filter((one) => one.kind === 'signature');
  const chosen = campaigns.filter((one) => !one.archived || one.id === draft.campaignId);
  const channel =
    target === 'all' ? undefined : draft.channels.find((one) => one.connectionId === target.connectionId);
  if (offered.length + chosen.length + signatures.length === 0) return null;
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      {offered.length > 0 && (
        <Field label={t('template')}>
          <Select
            value=""
            placeholder={t('choose')}
            onValueChange={take}
            options={offered.map((one) => ({ value: one.id, label: one.name }))}
          />
        </Field>
      )}
      {target === 'all' && chosen.length > 0 && (
        <Field label={t('campaign')}>
          <Select
            value={draft.campaignId ?? ''}
            placeholder={t('noCampaign')}
            onValueChange={(id) => onDraft((before) => ({ ...before, campaignId: id || null }))}
            options={chosen.map((one) => ({ value: one.id, label: one.name }))}
          />
        </Field>
      )}
      {channel && (signatures.length > 0 || channel.signature !== undefined) && (
        <Field label={t('signature')} hint={t('signatureHint')}>
          <Select
            value={choiceOf(channel.signature, signatures)}
            onValueChange={(value) => {
              const words = signatures.find((one) => one.id === value)?.text;
              const signature = value === NONE ? '' : words;
              onDraft((before) => setSignature(before, channel.connectionId, signature));
            }}
            options={[
              { value: OWN, label: t('channelSignature') },
              { value: NONE, label: t('noSignature') },
              ...signatures.map((one) => ({ value: one.id, label: one.name })),
            ]}
          />
        </Field>
      )}
      {filling && <FillDialog template={filling} onInsert={insert} onClose={() => setFilling(null)} />}
    </div>
  );
}

function choiceOf(signature: string | undefined, signatures: readonly ContentTemplate[]): string {
  if (signature === undefined) return OWN;
  return signatures.find((one) => one.text === signature)?.id ?? NONE;
}

interface FillDialogProps {
  template: ContentTemplate;
  onInsert: (text: string) => void;
  onClose: () => void;
}

/** Asks for the places of a template; an empty one stays to be seen. */
function FillDialog({ template, onInsert, onClose }: FillDialogProps) {
  const t = useTranslations('library.insert');
  const [values, setValues] = useState<Record<string, string>>({});
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={template.name}
      footer={
        <Button
          variant="primary"
          onClick={() => {
            onInsert(filledTemplate(template.text, values));
            onClose();
          }}
        >
          {t('insert')}
        </Button>
      }
    >
      <div className="grid gap-3">
        {placesOf(template.text).map((place) => (
          <Field key={place} label={place}>
            <Input
              value={values[place] ?? ''}
              maxLength={1000}
              onChange={(event) => setValues((before) => ({ ...before, [place]: event.target.value }))}
            />
          </Field>
        ))}
      </div>
    </Dialog>
  );
}
