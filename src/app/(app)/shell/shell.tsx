'use client';

import dynamic from 'next/dynamic';
import { usePathname, useRouter } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useState, useSyncExternalStore } from 'react';
import { OfflineBanner } from '@/ui/offline-banner';
import { PageNav } from '@/ui/page-nav';
import { rememberedTimeZone, rememberSidebar, rememberTimeZone } from '@/ui/preferences';
import { Toaster } from '@/ui/toaster';
import { BottomBar } from './bottom-bar';
import { allowedNav, siblingsOf } from './nav';
import { useShellSession } from './session';
import { useShortcuts } from './shortcuts';
import { Sidebar } from './sidebar';
import { OrganizationSwitcher } from './slots';
import { TopBar } from './top-bar';

const Palette = dynamic(() => import('./palette'), { ssr: false });
const ShortcutsDialog = dynamic(() => import('./shortcuts-dialog'), { ssr: false });

export type ShellProps = {
  /** Drawn on the server. */
  logo: ReactNode;
  mark: ReactNode;
  /** From the cookie, so that the first paint has the right width; null: nobody chose, and the screen's width decides. */
  initiallyCollapsed: boolean | null;
  notifications?: ReactNode;
  tokens?: (collapsed: boolean) => ReactNode;
  children: ReactNode;
};

type Overlay = 'palette' | 'shortcuts';

/** Which overlays are open, and which were ever asked for (only those are loaded). */
function useOverlays() {
  const [open, setOpen] = useState<Overlay | null>(null);
  const [used, setUsed] = useState<ReadonlySet<Overlay>>(new Set());
  const show = (overlay: Overlay) => {
    setUsed((before) => new Set(before).add(overlay));
    setOpen(overlay);
  };
  return { open, used, show, hide: () => setOpen(null) };
}

const NARROW = '(max-width: 63.99rem)';

/** Whether there is no room for words beside the page: `max-lg` of the styles. */
function useNarrow(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const query = window.matchMedia(NARROW);
      query.addEventListener('change', changed);
      return () => query.removeEventListener('change', changed);
    },
    () => window.matchMedia(NARROW).matches,
    () => false,
  );
}

/** Tells the server the person's zone where signing in could not or the browser forgot it, for the next answer on. */
function useOwnTimeZone() {
  const router = useRouter();
  const { timezone } = useShellSession().user;
  useEffect(() => {
    if (rememberedTimeZone()) return;
    rememberTimeZone(timezone);
    router.refresh();
  }, [router, timezone]);
}

/** Pages of one area lead to each other, where the sidebar shows the area alone. */
function AreaNav() {
  const t = useTranslations('shell');
  const { permissions } = useShellSession();
  const pages = siblingsOf(allowedNav(permissions), usePathname());
  if (pages.length === 0) return null;
  return (
    <div className="mb-5">
      <PageNav
        label={t('area')}
        pages={pages.map((page) => ({ href: page.href, label: t(`nav.${page.id}`) }))}
      />
    </div>
  );
}

/** The frame around every page of the app. */
export function Shell({ logo, mark, initiallyCollapsed, notifications, tokens, children }: ShellProps) {
  const t = useTranslations('shell');
  const router = useRouter();
  const { permissions } = useShellSession();
  const [chosen, setChosen] = useState(initiallyCollapsed);
  const narrow = useNarrow();
  const collapsed = chosen ?? narrow;
  const { open, used, show, hide } = useOverlays();
  useOwnTimeZone();

  const toggle = () => {
    setChosen(!collapsed);
    rememberSidebar(!collapsed);
  };
  useShortcuts({
    '?': () => show('shortcuts'),
    '[': toggle,
    ...Object.fromEntries(
      allowedNav(permissions).map((item) => [item.shortcut, () => router.push(item.href)]),
    ),
  });
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      if (open === 'palette') hide();
      else show('palette');
    };
    window.addEventListener('keydown', press);
    return () => window.removeEventListener('keydown', press);
  });

  const foot = (narrow: boolean) => (
    <>
      {tokens?.(narrow)}
      <OrganizationSwitcher collapsed={narrow} />
    </>
  );
  return (
    <>
      <a
        href="#main"
        className="sr-only z-60 rounded-md bg-iris px-3 py-2 text-on-iris focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        {t('skip')}
      </a>
      <div className="flex min-h-dvh">
        <Sidebar
          logo={logo}
          mark={mark}
          collapsed={collapsed}
          byWidth={chosen === null}
          onToggle={toggle}
          footer={foot(collapsed)}
        />
        <div className="flex min-w-0 flex-1 flex-col">
          <TopBar
            mark={mark}
            notifications={notifications}
            onSearch={() => show('palette')}
            onShortcuts={() => show('shortcuts')}
          />
          <OfflineBanner />
          <main
            id="main"
            tabIndex={-1}
            className="mx-auto w-full max-w-320 flex-1 px-4 pt-5 pb-24 outline-none md:px-6 md:pb-10"
          >
            <AreaNav />
            {children}
          </main>
        </div>
      </div>
      <BottomBar footer={foot(false)} />
      <Toaster />
      {used.has('palette') && (
        <Palette
          open={open === 'palette'}
          onOpenChange={(next) => (next ? show('palette') : hide())}
          onShortcuts={() => show('shortcuts')}
        />
      )}
      {used.has('shortcuts') && (
        <ShortcutsDialog
          open={open === 'shortcuts'}
          onOpenChange={(next) => (next ? show('shortcuts') : hide())}
        />
      )}
    </>
  );
}
