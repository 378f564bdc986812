'use client';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { RadioGroup } from '@/ui/radio-group';

const SCOPES = ['only', 'following', 'all'] as const;
export type SaveScope = (typeof SCOPES)[number];

/** A post of a series was changed: this one alone, or others with it? */
export function SaveScopeDialog(props: {
  onOpenChange: (open: boolean) => void;
  onSave: (scope: SaveScope) => void;
}) {
  const t = useTranslations('content.series');
  const [scope, setScope] = useState<SaveScope>('only');
  return (
    <Dialog
      open
      size="sm"
      onOpenChange={props.onOpenChange}
      title={t('whichTitle')}
      footer={
        <>
          <Button variant="ghost" onClick={() => props.onOpenChange(false)}>
            {t('cancel')}
          </Button>
          <Button
            variant="primary"
            onClick={() => {
              props.onOpenChange(false);
              props.onSave(scope);
            }}
          >
            {t('save')}
          </Button>
        </>
      }
    >
      <RadioGroup
        label={t('which')}
        hideLabel
        value={scope}
        onValueChange={setScope}
        options={SCOPES.map((value) => ({
          value,
          label: t(`scope.${value}`),
          description: t(`scopeHint.${value}`),
        }))}
      />
    </Dialog>
  );
}
