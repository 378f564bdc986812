'use client';

import { useTranslations } from 'next-intl';
import { type UseFormReturn, useWatch } from 'react-hook-form';
import { TASK_TYPES } from '@/features/tokens/prices';
import { Checkbox } from '@/ui/checkbox';
import { Field } from '@/ui/field';
import { FormError } from '@/ui/form-error';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import { promptVariable } from '../model';
import { isVariableName, NEW_VARIABLE, type PromptValues, placesOf } from './prompt-values';

const TYPES = promptVariable.shape.type.options;

type PromptFormProps = { form: UseFormReturn<PromptValues>; disabled: boolean };

/** The text with its places; each place that appears gets its own settings below. */
export function PromptForm({ form, disabled }: PromptFormProps) {
  const t = useTranslations('ai.prompts');
  const tokens = useTranslations('tokens');
  const { errors } = form.formState;
  const places = placesOf(useWatch({ control: form.control, name: 'body' }));
  const odd = places.filter((name) => !isVariableName(name));
  const variables = places.filter(isVariableName);
  const bodyFault = odd.length > 0 ? t('fault.places', { names: odd.join(', ') }) : errors.body?.message;
  return (
    <fieldset disabled={disabled} className="grid min-w-0 gap-4">
      <Field label={t('name')} required error={errors.name?.message}>
        <Input maxLength={120} autoComplete="off" {...form.register('name')} />
      </Field>
      <Field label={t('task')} hint={t('taskHint')}>
        <Select
          {...form.register('task')}
          options={TASK_TYPES.map((value) => ({ value, label: tokens(`task.${value}`) }))}
        />
      </Field>
      <Field label={t('body')} required hint={t('bodyHint')} error={bodyFault}>
        <Textarea rows={8} className="font-mono text-sm" {...form.register('body')} />
      </Field>
      <section className="grid gap-3">
        <h3 className="text-sm font-medium">{t('variables', { count: variables.length })}</h3>
        {variables.length === 0 && <p className="text-sm text-muted">{t('noVariables')}</p>}
        {variables.map((name) => (
          <Variable key={name} form={form} name={name} />
        ))}
      </section>
    </fieldset>
  );
}

function Variable({ form, name }: { form: UseFormReturn<PromptValues>; name: string }) {
  const t = useTranslations('ai.prompts');
  const at = `variables.${name}` as const;
  const settings = { ...NEW_VARIABLE, ...useWatch({ control: form.control, name: at }) };
  const fault = form.formState.errors.variables?.[name]?.message;
  const set = (change: Partial<typeof settings>) =>
    form.setValue(at, { ...settings, ...change }, { shouldDirty: true });
  return (
    <fieldset className="grid gap-3 rounded-md border border-line p-3">
      <legend className="px-1 font-mono text-sm">{name}</legend>
      <div className="grid grid-cols-2 gap-3">
        <Field label={t('variable.type')}>
          <Select
            value={settings.type}
            onValueChange={(type) => set({ type: TYPES.find((one) => one === type) ?? 'text' })}
            options={TYPES.map((value) => ({ value, label: t(`type.${value}`) }))}
          />
        </Field>
        <Field label={t('variable.maxLength')}>
          <Input
            type="number"
            min={1}
            max={20_000}
            value={settings.maxLength}
            onChange={(event) => set({ maxLength: event.target.valueAsNumber || 1 })}
          />
        </Field>
      </div>
      {settings.type === 'choice' && (
        <Field label={t('variable.choices')} hint={t('variable.choicesHint')}>
          <Input value={settings.choices} onChange={(event) => set({ choices: event.target.value })} />
        </Field>
      )}
      <Field label={t('variable.description')}>
        <Input
          value={settings.description}
          maxLength={300}
          onChange={(event) => set({ description: event.target.value })}
        />
      </Field>
      <Checkbox checked={settings.required} onCheckedChange={(required) => set({ required })}>
        {t('variable.required')}
      </Checkbox>
      {fault && <FormError>{fault}</FormError>}
    </fieldset>
  );
}
