'use client';

import { Command } from 'cmdk';
import { Building2, CornerDownLeft, Keyboard, Moon, Sun } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useState } from 'react';
import { Dialog } from '@/ui/dialog';
import { Kbd } from '@/ui/kbd';
import { useTheme } from '@/ui/preferences';
import { allowedNav } from './nav';
import { useShellSession } from './session';

type PaletteProps = { open: boolean; onOpenChange: (open: boolean) => void; onShortcuts: () => void };

const row =
  'flex h-9 cursor-default items-center gap-2.5 rounded-md px-2.5 text-base data-[selected=true]:bg-iris-tint data-[selected=true]:text-iris-text pointer-coarse:h-11';

type EntryProps = { value: string; icon: ReactNode; shortcut?: string; onSelect: () => void };

function Entry({ value, icon, shortcut, onSelect }: EntryProps) {
  return (
    <Command.Item value={value} onSelect={onSelect} className={row}>
      {icon}
      <span className="flex-1 truncate">{value}</span>
      {shortcut && <Kbd>{shortcut}</Kbd>}
    </Command.Item>
  );
}

const group =
  '**:[[cmdk-group-heading]]:px-2.5 **:[[cmdk-group-heading]]:pt-2 **:[[cmdk-group-heading]]:pb-1 **:[[cmdk-group-heading]]:text-xs **:[[cmdk-group-heading]]:text-muted';

/** Everything by name: pages, organisations, the look. Loaded when it is first opened. */
export default function Palette({ open, onOpenChange, onShortcuts }: PaletteProps) {
  const t = useTranslations('shell');
  const router = useRouter();
  const session = useShellSession();
  const [theme, setTheme] = useTheme();
  const [text, setText] = useState('');
  useEffect(() => {
    if (!open) setText('');
  }, [open]);

  const then = (action: () => void) => () => {
    onOpenChange(false);
    action();
  };
  const others = session.organizations.filter(({ id }) => id !== session.organization.id);
  const dark = theme === 'dark';
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t('palette.title')} bare>
      <Command label={t('palette.title')} loop>
        <Command.Input
          value={text}
          onValueChange={setText}
          placeholder={t('palette.placeholder')}
          className="h-12 w-full border-b border-line bg-transparent px-4 text-lg outline-none"
        />
        <Command.List className="max-h-[50dvh] overflow-y-auto p-1.5">
          <Command.Empty className="px-3 py-8 text-center text-muted">
            {t('palette.nothing', { text })}
          </Command.Empty>
          <Command.Group heading={t('palette.go')} className={group}>
            {allowedNav(session.permissions).map((item) => (
              <Entry
                key={item.id}
                value={t(`nav.${item.id}`)}
                icon={<item.icon size={16} aria-hidden="true" />}
                shortcut={item.shortcut}
                onSelect={then(() => router.push(item.href))}
              />
            ))}
          </Command.Group>
          {others.length > 0 && (
            <Command.Group heading={t('switchOrganization')} className={group}>
              {others.map(({ id, name }) => (
                <Entry
                  key={id}
                  value={name}
                  icon={<Building2 size={16} aria-hidden="true" />}
                  onSelect={then(() => session.switchOrganization(id))}
                />
              ))}
            </Command.Group>
          )}
          <Command.Group heading={t('palette.more')} className={group}>
            <Entry
              value={t('shortcuts.title')}
              icon={<Keyboard size={16} aria-hidden="true" />}
              shortcut="?"
              onSelect={then(onShortcuts)}
            />
            <Entry
              value={dark ? t('palette.useLight') : t('palette.useDark')}
              icon={dark ? <Sun size={16} aria-hidden="true" /> : <Moon size={16} aria-hidden="true" />}
              onSelect={then(() => setTheme(dark ? 'light' : 'dark'))}
            />
          </Command.Group>
        </Command.List>
        <p className="flex items-center gap-1.5 border-t border-line px-4 py-2 text-xs text-muted">
          <CornerDownLeft size={12} aria-hidden="true" />
          {t('palette.hint')}
        </p>
      </Command>
    </Dialog>
  );
}
