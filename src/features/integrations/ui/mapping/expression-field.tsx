'use client';
import { useTranslations } from 'next-intl';
import { Button } from '@/ui/button';
import { Field } from '@/ui/field';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import type { MappingRule } from '../../mapping/schema';
import { placeOf, type ServerFault } from './words';

/** Expressions to begin with, by what they are good for. */
const SNIPPETS = {
  upper: '$uppercase($value)',
  trim: '$trim($value)',
  join: '$record.firstname & " " & $record.lastname',
  choose: '$value = "customer" ? "won" : "open"',
  lookup: '$lookup({"1": "new", "2": "known"}, $value)',
  number: '$number($value) / 100',
  first: '$split($value, ";")[0]',
} as const;
const AUTO = 'auto';

interface Props {
  rule: Pick<MappingRule, 'transformation' | 'language'>;
  /** What is wrong with it, said by this page or by the server. */
  error: string | undefined;
  fault: ServerFault | undefined;
  onChange: (patch: Partial<Pick<MappingRule, 'transformation' | 'language'>>) => void;
}

/** How a value is changed on its way, with help and the place of what does not compile. */
export function ExpressionField({ rule, error, fault, onChange }: Props) {
  const t = useTranslations('mapping.expression');
  const code = rule.transformation ?? '';
  const place = fault ? placeOf(code, fault) : null;
  return (
    <div className="grid grid-cols-1 gap-2">
      <Field label={t('label')} hint={t('hint')} error={error}>
        <Textarea
          rows={2}
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
          className="font-mono text-sm pointer-coarse:text-lg"
          value={code}
          onChange={(event) =>
            onChange({ transformation: event.target.value.trim() === '' ? null : event.target.value })
          }
        />
      </Field>
      {place && (
        <div className="rounded-md border border-danger/40 bg-danger-tint px-2.5 py-1.5 text-sm">
          <p>
            {place.column === null
              ? t('line', { line: place.line })
              : t('place', { line: place.line, column: place.column })}
          </p>
          <pre className="overflow-hidden font-mono text-xs" aria-hidden="true">
            {place.text}
            {place.column !== null && `\n${' '.repeat(place.column - 1)}^`}
          </pre>
        </div>
      )}
      {code !== '' && (
        <Field label={t('language')} className="max-w-60">
          <Select
            value={rule.language ?? AUTO}
            options={[
              { value: AUTO, label: t('auto') },
              { value: 'jsonata', label: 'JSONata' },
              { value: 'javascript', label: 'JavaScript' },
            ]}
            onValueChange={(value) =>
              onChange({ language: value === 'jsonata' || value === 'javascript' ? value : null })
            }
          />
        </Field>
      )}
      <Help onUse={(transformation) => onChange({ transformation })} />
    </div>
  );
}

function Help({ onUse }: { onUse: (code: string) => void }) {
  const t = useTranslations('mapping.expression');
  return (
    <details className="text-sm">
      <summary className="cursor-pointer text-iris-text">{t('help')}</summary>
      <div className="grid gap-2 pt-2">
        <p className="text-muted">{t('helpBody')}</p>
        <ul className="grid gap-1.5">
          {(Object.keys(SNIPPETS) as (keyof typeof SNIPPETS)[]).map((name) => (
            <li key={name} className="flex flex-wrap items-center gap-x-2 gap-y-1">
              <Button size="sm" onClick={() => onUse(SNIPPETS[name])}>
                {t(`snippets.${name}`)}
              </Button>
              <code className="font-mono text-xs break-all">{SNIPPETS[name]}</code>
            </li>
          ))}
        </ul>
      </div>
    </details>
  );
}
