'use client';

import { Keyboard, Languages, LogOut, Monitor, Moon, Settings, Sun } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useLocale, useTranslations } from 'next-intl';
import { LOCALE_NAMES, LOCALES } from '@/i18n/locale';
import { Avatar } from '@/ui/avatar';
import { Menu } from '@/ui/menu';
import { rememberLocale, THEMES, type Theme, useTheme } from '@/ui/preferences';
import { useShellSession } from './session';

const THEME_ICONS: Record<Theme, typeof Sun> = { system: Monitor, light: Sun, dark: Moon };

/** The person: settings, look, language, sign out. */
export function UserMenu({ onShortcuts }: { onShortcuts: () => void }) {
  const t = useTranslations('shell');
  const { user, signOut } = useShellSession();
  const [theme, setTheme] = useTheme();
  const locale = useLocale();
  const router = useRouter();
  return (
    <Menu
      align="end"
      trigger={
        <button
          type="button"
          aria-label={t('account', { name: user.displayName })}
          className="rounded-full pointer-coarse:p-1.5"
        >
          <Avatar name={user.displayName} src={user.photoURL} />
        </button>
      }
      items={[
        { heading: user.email },
        { label: t('nav.settings'), icon: Settings, href: '/settings' },
        { label: t('shortcuts.title'), icon: Keyboard, shortcut: '?', onSelect: onShortcuts },
        'separator',
        { heading: t('theme.title') },
        ...THEMES.map((name) => ({
          label: t(`theme.${name}`),
          icon: THEME_ICONS[name],
          checked: theme === name,
          onSelect: () => setTheme(name),
        })),
        'separator',
        { heading: t('language') },
        ...LOCALES.map((name) => ({
          label: LOCALE_NAMES[name],
          icon: Languages,
          checked: locale === name,
          onSelect: () => {
            rememberLocale(name);
            router.refresh();
          },
        })),
        'separator',
        { label: t('signOut'), icon: LogOut, onSelect: signOut },
      ]}
    />
  );
}
