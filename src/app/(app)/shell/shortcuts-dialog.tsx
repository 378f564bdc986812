'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { Dialog } from '@/ui/dialog';
import { Kbd } from '@/ui/kbd';
import { Switch } from '@/ui/switch';
import { allowedNav } from './nav';
import { useShellSession } from './session';
import { setShortcutsOff, shortcutsOff } from './shortcuts';

type ShortcutsDialogProps = { open: boolean; onOpenChange: (open: boolean) => void };

/** Every shortcut, and the switch that turns single keys off. Loaded when it is first opened. */
export default function ShortcutsDialog({ open, onOpenChange }: ShortcutsDialogProps) {
  const t = useTranslations('shell');
  const { permissions } = useShellSession();
  const [off, setOff] = useState(shortcutsOff);
  const rows = [
    { keys: 'Ctrl K', label: t('palette.title') },
    { keys: '?', label: t('shortcuts.title') },
    { keys: '[', label: t('collapse') },
    ...allowedNav(permissions).map((item) => ({ keys: item.shortcut, label: t(`nav.${item.id}`) })),
  ];
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('shortcuts.title')} size="sm">
      <dl className="mb-4 grid grid-cols-1 gap-x-6 sm:grid-cols-2">
        {rows.map(({ keys, label }) => (
          <div key={keys} className="flex h-9 items-center justify-between gap-3 border-b border-line">
            <dt className="truncate">{label}</dt>
            <dd>
              <Kbd>{keys}</Kbd>
            </dd>
          </div>
        ))}
      </dl>
      <Switch
        label={t('shortcuts.single')}
        description={t('shortcuts.singleHint')}
        checked={!off}
        onCheckedChange={(on) => {
          setShortcutsOff(!on);
          setOff(shortcutsOff());
        }}
      />
    </Dialog>
  );
}
