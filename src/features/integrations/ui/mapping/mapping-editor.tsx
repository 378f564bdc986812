'use client';
import { useTranslations } from 'next-intl';
import { useId } from 'react';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import type { FieldType, MappingRule } from '../../mapping/schema';
import type { StandardField } from '../../mapping/standard';
import { ExpressionField } from './expression-field';
import { ValidationFields } from './validation-fields';
import { defaultFrom, defaultText, FIELD_TYPES, type RuleFaults, type ServerFault } from './words';

interface Props {
  rule: MappingRule;
  faults: RuleFaults;
  /** What the sample's record shows to be wrong. */
  tried: ServerFault | undefined;
  /** Paths of the vendor's fields; empty where it did not tell. */
  external: readonly { path: string; label: string }[];
  internal: readonly StandardField[];
  /** A tag for changes that are undone together. */
  onChange: (patch: Partial<MappingRule>, tag: string) => void;
  onDone: () => void;
}

/** All of one mapping. What is typed is tried at once; Escape leaves. */
export function MappingEditor(props: Props) {
  const t = useTranslations('mapping.editor');
  const types = useTranslations('mapping.types');
  const { rule, faults, tried, onChange } = props;
  const expressionFault =
    tried?.step === 'expression' || tried?.step === 'transformation' ? tried : undefined;
  const retype = (fieldType: FieldType) => {
    const standing = fieldType === rule.fieldType ? rule.validation : {};
    onChange({ fieldType, validation: standing }, 'type');
  };
  return (
    <div className="grid grid-cols-1 gap-4">
      <Ends {...props} />
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label={t('type')} error={faults.fieldType}>
          <Select
            value={rule.fieldType}
            options={FIELD_TYPES.map((value) => ({ value, label: types(value) }))}
            onValueChange={(value) => {
              const type = FIELD_TYPES.find((one) => one === value);
              if (type) retype(type);
            }}
          />
        </Field>
        <Field label={t('default')} hint={t('defaultHint')} error={faults.defaultValue}>
          <Input
            value={defaultText(rule.defaultValue)}
            onChange={(event) => onChange({ defaultValue: defaultFrom(event.target.value) }, 'default')}
          />
        </Field>
      </div>
      <Checkbox
        label={t('required')}
        description={t('requiredHint')}
        checked={rule.isRequired}
        onCheckedChange={(isRequired) => onChange({ isRequired }, 'required')}
      />
      <ExpressionField
        rule={rule}
        error={faults.transformation ?? expressionFault?.message}
        fault={tried?.step === 'expression' ? tried : undefined}
        onChange={(patch) => onChange(patch, 'expression')}
      />
      <ValidationFields
        key={rule.fieldType}
        type={rule.fieldType}
        validation={rule.validation}
        error={faults.validation ?? (tried?.step === 'validation' ? tried.message : undefined)}
        onChange={(validation) => onChange({ validation }, 'validation')}
      />
      <Button size="sm" className="justify-self-start" onClick={props.onDone}>
        {t('done')}
      </Button>
    </div>
  );
}

function Ends({ rule, faults, external, internal, onChange }: Props) {
  const t = useTranslations('mapping.editor');
  const id = useId();
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label={t('external')} hint={t('externalHint')} error={faults.externalField} required>
        <Input
          autoFocus
          list={`${id}-external`}
          spellCheck={false}
          autoCapitalize="off"
          className="font-mono text-sm pointer-coarse:text-lg"
          value={rule.externalField}
          onChange={(event) => onChange({ externalField: event.target.value }, 'external')}
        />
      </Field>
      <datalist id={`${id}-external`}>
        {external.map(({ path, label }) => (
          <option key={path} value={path}>
            {label}
          </option>
        ))}
      </datalist>
      <Field label={t('internal')} hint={t('internalHint')} error={faults.internalField} required>
        <Input
          list={`${id}-internal`}
          spellCheck={false}
          autoCapitalize="off"
          className="font-mono text-sm pointer-coarse:text-lg"
          value={rule.internalField}
          onChange={(event) => {
            const internalField = event.target.value;
            const known = internal.find(({ field }) => field === internalField);
            // A field of ours brings its type along while nobody has said what is allowed.
            const typed = known && Object.keys(rule.validation).length === 0 ? { fieldType: known.type } : {};
            onChange({ internalField, ...typed }, 'internal');
          }}
        />
      </Field>
      <datalist id={`${id}-internal`}>
        {internal.map(({ field }) => (
          <option key={field} value={field} />
        ))}
      </datalist>
    </div>
  );
}
