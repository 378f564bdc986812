'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { ValidationError } from '@/core/errors';
import { TASK_PRICES, type TaskType } from '@/features/tokens/prices';
import { Checkbox } from '@/ui/checkbox';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import type { PromptVariable } from '../model';
import { renderTemplate, type VariableValues } from '../prompts/render';
import { type PreviewPart, type PromptValues, previewParts, typedValues, variablesOf } from './prompt-values';
import { Trial } from './trial';
import type { PromptHead } from './use-library';

/** Tasks that need nothing beside the template's own text. */
const TRIED: ReadonlySet<TaskType> = new Set([
  'post_text',
  'long_form',
  'rewrite',
  'hashtags',
  'reply',
  'summary',
]);
/** Above this a value deserves several lines. */
const ONE_LINE = 200;

type PromptPreviewProps = {
  head: PromptHead | null;
  values: PromptValues;
  /** The form holds a text that is not saved. */
  changed: boolean;
};

/** Fill the places, read the text a model would get, and let one write from it. */
export function PromptPreview({ head, values, changed }: PromptPreviewProps) {
  const t = useTranslations('ai.prompts.preview');
  const [typed, setTyped] = useState<Record<string, string | boolean>>({});
  const variables = variablesOf(values.body, values.variables);
  const given = typedValues(variables, typed);
  const optional = new Set(variables.filter(({ required }) => !required).map(({ name }) => name));
  const faults = faultsOf(values.body, variables, given);
  const published = head?.status === 'published' ? head.publishedVersion : null;
  return (
    <div className="grid gap-5">
      {variables.map((variable) => (
        <VariableInput
          key={variable.name}
          variable={variable}
          value={typed[variable.name] ?? ''}
          // Nothing typed yet is no mistake; it shows as an open place below.
          fault={given[variable.name] === undefined ? undefined : faults.get(variable.name)}
          onChange={(value) => setTyped({ ...typed, [variable.name]: value })}
        />
      ))}
      <section className="grid gap-1.5">
        <h3 className="text-sm font-medium">{t('title')}</h3>
        <p className="max-h-80 overflow-y-auto rounded-md border border-line bg-sunken p-3 text-sm break-words whitespace-pre-wrap">
          {values.body === '' && <span className="text-muted">{t('empty')}</span>}
          <Filled parts={previewParts(values.body, given, optional)} given={given} />
        </p>
        {faults.size > 0 && <p className="text-xs text-muted">{t('open', { count: faults.size })}</p>}
      </section>
      {published !== null && !changed && published !== head?.latestVersion && (
        <p className="text-sm text-muted">{t('older', { version: published })}</p>
      )}
      <Trial
        price={TASK_PRICES[values.task].tokens}
        blocked={
          published === null
            ? t('publishFirst')
            : changed
              ? t('saveFirst', { version: published })
              : TRIED.has(values.task)
                ? undefined
                : t('otherTask')
        }
        request={
          head && faults.size === 0
            ? { task: values.task, templateId: head.id, variables: given, input: {} }
            : null
        }
      />
    </div>
  );
}

type FilledProps = { parts: readonly PreviewPart[]; given: VariableValues };

/** The text with what was filled in marked, and what is open marked otherwise. */
function Filled({ parts, given }: FilledProps) {
  return parts.map((part) =>
    part.place === undefined ? (
      part.text
    ) : (
      <mark
        key={part.at}
        className={
          given[part.place] === undefined
            ? 'rounded-[3px] bg-warn-tint px-0.5 text-warn empty:px-0'
            : 'rounded-[3px] bg-iris-tint px-0.5 text-ink'
        }
      >
        {part.text}
      </mark>
    ),
  );
}

/** By variable, as the API would answer. */
function faultsOf(
  body: string,
  variables: readonly PromptVariable[],
  values: VariableValues,
): Map<string, string> {
  try {
    renderTemplate({ body, variables: [...variables] }, values);
    return new Map();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return new Map(error.faults.map(({ path, message }) => [path.split('.').at(-1) ?? '', message]));
  }
}

type VariableInputProps = {
  variable: PromptVariable;
  value: string | boolean;
  fault: string | undefined;
  onChange: (value: string | boolean) => void;
};

function VariableInput({ variable, value, fault, onChange }: VariableInputProps) {
  const t = useTranslations('ai.prompts.preview');
  const { name, type, description, required, maxLength } = variable;
  if (type === 'boolean')
    return (
      <Checkbox
        checked={value === true}
        onCheckedChange={onChange}
        label={<span className="font-mono text-sm">{name}</span>}
        description={description}
      />
    );
  const text = String(value);
  return (
    <Field
      label={<span className="font-mono">{name}</span>}
      required={required}
      hint={description || undefined}
      error={fault}
    >
      {type === 'choice' ? (
        <Select
          value={text}
          placeholder={t('choose')}
          onValueChange={onChange}
          options={(variable.choices ?? []).map((choice) => ({ value: choice, label: choice }))}
        />
      ) : type === 'text' && maxLength > ONE_LINE ? (
        <Textarea rows={2} value={text} onChange={(event) => onChange(event.target.value)} />
      ) : (
        <Input
          type={type === 'number' ? 'number' : 'text'}
          value={text}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}
