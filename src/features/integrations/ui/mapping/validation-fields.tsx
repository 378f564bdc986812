'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Textarea } from '@/ui/textarea';
import type { FieldType, FieldValidation } from '../../mapping/schema';

type NumberRule = 'min' | 'max' | 'minLength' | 'maxLength';
type TextRule = 'pattern' | 'region' | 'separator';

const NUMBERS: ReadonlySet<FieldType> = new Set(['number', 'integer']);
const TEXTS: ReadonlySet<FieldType> = new Set(['string', 'email', 'url', 'reference', 'phone', 'currency']);

interface Props {
  type: FieldType;
  validation: FieldValidation;
  error: string | undefined;
  onChange: (validation: FieldValidation) => void;
}

/** What a value must be, as far as its type knows such rules. */
export function ValidationFields({ type, validation, error, onChange }: Props) {
  const t = useTranslations('mapping.validation');
  const put = (key: keyof FieldValidation, value: unknown) => {
    const { [key]: _old, ...rest } = validation;
    onChange(value === undefined || value === '' ? rest : { ...rest, [key]: value });
  };
  const number = (key: NumberRule) => (
    <NumberField key={key} label={t(key)} value={validation[key]} onChange={(value) => put(key, value)} />
  );
  const text = (key: TextRule, hint?: string) => (
    <Field key={key} label={t(key)} hint={hint}>
      <Input
        value={validation[key] ?? ''}
        className={key === 'pattern' ? 'font-mono' : undefined}
        onChange={(event) => put(key, event.target.value)}
      />
    </Field>
  );
  const fields = [
    ...(NUMBERS.has(type) ? [number('min'), number('max')] : []),
    ...(type === 'string' || type === 'array' ? [number('minLength'), number('maxLength')] : []),
    ...(type === 'phone' ? [text('region', t('regionHint'))] : []),
    ...(type === 'array' ? [text('separator', t('separatorHint'))] : []),
    ...(TEXTS.has(type) ? [text('pattern', t('patternHint'))] : []),
  ];
  return (
    <div className="grid gap-3">
      {type === 'enum' && (
        <Field label={t('values')} hint={t('valuesHint')}>
          <Textarea
            rows={3}
            value={(validation.values ?? []).join('\n')}
            onChange={(event) => {
              const lines = event.target.value.split('\n');
              put('values', lines.some((line) => line.trim() !== '') ? lines : undefined);
            }}
            onBlur={() => {
              const kept = validation.values?.map((line) => line.trim()).filter(Boolean);
              if (kept?.length) put('values', [...new Set(kept)]);
            }}
          />
        </Field>
      )}
      {fields.length > 0 && <div className="grid gap-3 sm:grid-cols-2">{fields}</div>}
      {error && (
        <p role="alert" className="text-xs text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

/** What is typed stays as it is typed: `1.` on the way to `1.5` is no number yet. */
function NumberField(props: {
  label: string;
  value: number | undefined;
  onChange: (value: number | undefined) => void;
}) {
  const [text, setText] = useState(props.value === undefined ? '' : String(props.value));
  const known = text.trim() === '' ? undefined : Number(text);
  const [seen, setSeen] = useState(props.value);
  if (seen !== props.value) {
    setSeen(props.value);
    if (props.value !== known) setText(props.value === undefined ? '' : String(props.value));
  }
  return (
    <Field label={props.label}>
      <Input
        inputMode="decimal"
        value={text}
        onChange={(event) => {
          const next = event.target.value;
          if (!/^-?\d*\.?\d*$/.test(next)) return;
          setText(next);
          const number = Number(next);
          props.onChange(next.trim() === '' || Number.isNaN(number) ? undefined : number);
        }}
      />
    </Field>
  );
}
