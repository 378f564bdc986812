'use client';
import { useTranslations } from 'next-intl';
import { type FormEvent, useState } from 'react';
import { ApiProblem, api } from '@/client/api';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { Input } from '@/ui/input';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import type { RateLimitsBody, RateLimitsView } from '../../limits/schema';
import { levelName } from './level-name';

/** Empty means as much as the vendor allows; anything but a whole number from 1 to that is a mistake. */
function limitOf(text: string, max: number): number | null | undefined {
  if (text.trim() === '') return null;
  const value = Number(text);
  return Number.isInteger(value) && value >= 1 && value <= max ? value : undefined;
}

/** An organisation's own limits, never above the vendor's. */
export function LimitsForm({
  path,
  view,
  onSaved,
}: {
  path: `/api/rate-limits/${string}`;
  view: RateLimitsView;
  onSaved: (view: RateLimitsView) => void;
}) {
  const t = useTranslations('operations.limits');
  const editable = view.levels.filter((one) => one.editable);
  const [texts, setTexts] = useState(editable.map(({ setTo, max }) => (setTo === max ? '' : String(setTo))));
  const { busy, error, attempt } = useAttempt();
  const wrong = editable.some(({ max }, at) => limitOf(texts[at] ?? '', max) === undefined);
  const faults = error instanceof ApiProblem && error.errors.length > 0;
  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (wrong) return;
    const levels = editable.map(({ level, operation, max }, at) => ({
      ...{ level, operation },
      limit: limitOf(texts[at] ?? '', max) ?? null,
    }));
    await attempt(async () => {
      onSaved(await api<RateLimitsView>('PUT', path, { body: { levels } satisfies RateLimitsBody }));
      toast.success(t('saved'));
    });
  };
  return (
    <Card title={t('own')} description={t('ownBody')}>
      <form onSubmit={save} noValidate className="grid gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          {editable.map((one, at) => (
            <Field
              key={`${one.level} ${one.operation}`}
              label={levelName(t, one)}
              hint={t('atMost', { max: one.max, seconds: one.windowMs / 1000 })}
              error={
                limitOf(texts[at] ?? '', one.max) === undefined
                  ? t('wrong', { max: one.max })
                  : faults
                    ? error.fault(`body.levels.${at}.limit`)
                    : undefined
              }
            >
              <Input
                type="number"
                inputMode="numeric"
                min={1}
                max={one.max}
                placeholder={String(one.max)}
                value={texts[at] ?? ''}
                onChange={({ target }) =>
                  setTexts((known) => known.map((text, index) => (index === at ? target.value : text)))
                }
              />
            </Field>
          ))}
        </div>
        <Button
          type="submit"
          variant="primary"
          className="justify-self-start"
          loading={busy}
          disabled={wrong}
        >
          {t('save')}
        </Button>
        {error !== null && !faults && <ErrorState compact error={error} />}
      </form>
    </Card>
  );
}
