'use client';
import { useTranslations } from 'next-intl';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { Select } from '@/ui/select';
import { type Repeat, repeatsFor } from './repeat-rule';

export interface RepeatChoice {
  repeat: Repeat;
  /** Empty: until somebody ends it. */
  times: string;
}

/** Whether it repeats, and how often. */
export function RepeatFields(props: {
  choice: RepeatChoice;
  /** Of the first occurrence. */
  localTime: string;
  onChoice: (choice: RepeatChoice) => void;
}) {
  const { choice, onChoice } = props;
  const offered = repeatsFor(props.localTime);
  const t = useTranslations('content.plan');
  return (
    <div className="grid gap-3 sm:grid-cols-2">
      <Field label={t('repeat')}>
        <Select
          value={offered.includes(choice.repeat) ? choice.repeat : 'never'}
          onValueChange={(value) =>
            onChoice({ ...choice, repeat: offered.find((one) => one === value) ?? 'never' })
          }
          options={offered.map((value) => ({ value, label: t(`repeats.${value}`) }))}
        />
      </Field>
      {choice.repeat !== 'never' && (
        <Field label={t('howOften')} hint={t('howOftenHint')}>
          <Input
            type="number"
            min={2}
            max={1000}
            value={choice.times}
            onChange={(event) => onChoice({ ...choice, times: event.target.value })}
          />
        </Field>
      )}
    </div>
  );
}
