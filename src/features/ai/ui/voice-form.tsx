'use client';

import { useTranslations } from 'next-intl';
import type { UseFormReturn } from 'react-hook-form';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import { voiceFields } from '../model';
import type { VoiceValues } from './voice-values';

const TEXTS = ['tone', 'audience', 'dos', 'donts', 'examples', 'bannedWords'] as const;
const EMOJI = voiceFields.shape.emoji.unwrap().options;
const HASHTAGS = voiceFields.shape.hashtags.unwrap().options;

type VoiceFormProps = { form: UseFormReturn<VoiceValues>; disabled: boolean };

/** The words a model reads before it writes. */
export function VoiceForm({ form, disabled }: VoiceFormProps) {
  const t = useTranslations('ai.voices');
  const { errors } = form.formState;
  const fault = (field: keyof typeof errors & ('name' | 'locale' | (typeof TEXTS)[number])) =>
    errors[field] ? t(`fault.${field}`) : undefined;
  return (
    <fieldset disabled={disabled} className="grid min-w-0 gap-4">
      <Field label={t('name')} required error={fault('name')}>
        <Input maxLength={120} autoComplete="off" {...form.register('name')} />
      </Field>
      {TEXTS.map((field) => (
        <Field key={field} label={t(`field.${field}`)} hint={t(`hint.${field}`)} error={fault(field)}>
          <Textarea className="min-h-14" rows={2} {...form.register(field)} />
        </Field>
      ))}
      <div className="grid gap-4 sm:grid-cols-3">
        <Field label={t('emoji')}>
          <Select
            {...form.register('emoji')}
            options={EMOJI.map((value) => ({ value, label: t(`emojis.${value}`) }))}
          />
        </Field>
        <Field label={t('hashtags')}>
          <Select
            {...form.register('hashtags')}
            options={HASHTAGS.map((value) => ({ value, label: t(`hashtagUse.${value}`) }))}
          />
        </Field>
        <Field label={t('locale')} error={fault('locale')}>
          <Input placeholder="en" maxLength={20} autoComplete="off" {...form.register('locale')} />
        </Field>
      </div>
    </fieldset>
  );
}
