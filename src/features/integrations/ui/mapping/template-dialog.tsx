'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { Dialog } from '@/ui/dialog';
import type { DraftRow } from '../../mapping/rebase';
import { sameRule } from '../../mapping/rule';
import type { MappingRule, TemplateView } from '../../mapping/schema';

interface Props {
  template: TemplateView;
  rows: readonly DraftRow[];
  onClose: () => void;
  onApply: (rows: readonly { key: string | null; rule: MappingRule }[]) => void;
}

/** What the standard fields would change, before they do. Nothing is saved by it. */
export function TemplateDialog({ template, rows, onClose, onApply }: Props) {
  const t = useTranslations('mapping.template');
  const [again, setAgain] = useState(false);
  const byField = new Map(rows.map((row) => [row.rule.externalField, row]));
  const missing = template.mappings.filter(({ externalField }) => !byField.has(externalField));
  const other = template.mappings.flatMap((rule) => {
    const row = byField.get(rule.externalField);
    return row && !sameRule(row.rule, rule) ? [{ key: row.key, rule }] : [];
  });
  const count = missing.length + (again ? other.length : 0);
  const apply = () => {
    onApply([...missing.map((rule) => ({ key: null, rule })), ...(again ? other : [])]);
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={onClose}
      title={t('title')}
      description={t('body')}
      footer={
        <>
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button variant="primary" disabled={count === 0} onClick={apply}>
            {t('apply', { count })}
          </Button>
        </>
      }
    >
      <div className="grid gap-4">
        {missing.length === 0 && other.length === 0 && <p>{t('same')}</p>}
        <Rules title={t('added', { count: missing.length })} rules={missing} />
        {other.length > 0 && (
          <>
            <Rules title={t('other', { count: other.length })} rules={other.map(({ rule }) => rule)} />
            <Checkbox label={t('again')} checked={again} onCheckedChange={setAgain} />
          </>
        )}
      </div>
    </Dialog>
  );
}

function Rules({ title, rules }: { title: string; rules: readonly MappingRule[] }) {
  if (rules.length === 0) return null;
  return (
    <section className="grid gap-1">
      <h3 className="text-sm font-medium">{title}</h3>
      <ul className="grid gap-0.5">
        {rules.map(({ externalField, internalField }) => (
          <li key={externalField} className="font-mono text-xs break-all">
            {externalField} → {internalField}
          </li>
        ))}
      </ul>
    </section>
  );
}
