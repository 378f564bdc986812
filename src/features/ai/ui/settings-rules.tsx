'use client';

import { useTranslations } from 'next-intl';
import { Card } from '@/ui/card';
import { Checkbox } from '@/ui/checkbox';
import { Field } from '@/ui/field';
import { Select } from '@/ui/select';
import { Textarea } from '@/ui/textarea';
import { brandRules } from '../brand-rules';
import type { SettingsPartProps } from './settings-screen';

const LISTS = ['bannedWords', 'competitors', 'forbiddenClaims', 'disclosures'] as const;
const PERSONAL_DATA = brandRules.shape.personalData.unwrap().options;

/** What is never said, what a person must look at first, and what must not be left out. */
export function RulesCard({ values, set, wrong }: SettingsPartProps) {
  const t = useTranslations('ai.settings.rules');
  return (
    <Card title={t('title')} description={t('description')}>
      <div className="grid items-start gap-4 md:grid-cols-2">
        {LISTS.map((list) => (
          <Field
            key={list}
            label={t(`list.${list}`)}
            hint={t(`hint.${list}`)}
            error={wrong(`rules.${list}`) ? t(`fault.${list}`) : undefined}
          >
            <Textarea
              rows={3}
              value={values[list]}
              onChange={(event) => set({ [list]: event.target.value })}
            />
          </Field>
        ))}
        <Field label={t('personalData')} hint={t('personalDataHint')}>
          <Select
            value={values.personalData}
            options={PERSONAL_DATA.map((value) => ({ value, label: t(`verdict.${value}`) }))}
            onValueChange={(chosen) =>
              set({ personalData: PERSONAL_DATA.find((one) => one === chosen) ?? 'flag' })
            }
          />
        </Field>
        <div className="md:pt-6">
          <Checkbox
            checked={values.moderation}
            onCheckedChange={(moderation) => set({ moderation })}
            label={t('moderation')}
            description={t('moderationHint')}
          />
        </div>
      </div>
    </Card>
  );
}
