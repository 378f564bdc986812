import {
  Building2,
  Cable,
  CalendarDays,
  Coins,
  Columns3,
  Contact,
  CopyX,
  CreditCard,
  Flag,
  Images,
  Inbox,
  LayoutDashboard,
  LayoutTemplate,
  type LucideIcon,
  Newspaper,
  PenLine,
  Plug,
  Rss,
  Settings,
  Sparkles,
} from 'lucide-react';

export type NavItem = {
  /** Key of its name in `shell.nav`. */
  id: string;
  href: string;
  icon: LucideIcon;
  /** Pages under this path belong to it too; `href` by default. */
  section?: string;
  /** Two keys, pressed one after the other, or one. */
  shortcut: string;
  group: 'work' | 'manage';
  /** Shown in the bottom bar of phones; four at most, the fifth place is "More". */
  phone?: boolean;
  /** The entry it stands under: the sidebar shows that one, its pages lead to each other. */
  within?: string;
  /** Hidden from roles that lack it. */
  permission?: string;
};

/** Everything the sidebar, the bottom bar, the palette and the shortcuts know. Add a page here once it exists. */
export const NAV: readonly NavItem[] = [
  {
    id: 'create',
    href: '/create',
    icon: PenLine,
    shortcut: 'c',
    group: 'work',
    phone: true,
    permission: 'content.write',
  },
  { id: 'dashboard', href: '/dashboard', icon: LayoutDashboard, shortcut: 'g d', group: 'work', phone: true },
  { id: 'calendar', href: '/calendar', icon: CalendarDays, shortcut: 'g c', group: 'work' },
  { id: 'posts', href: '/posts', icon: Newspaper, shortcut: 'g p', group: 'work', phone: true },
  { id: 'inbox', href: '/inbox', icon: Inbox, shortcut: 'g i', group: 'work' },
  { id: 'media', href: '/media', icon: Images, shortcut: 'g m', group: 'work' },
  { id: 'campaigns', href: '/campaigns', icon: Flag, shortcut: 'g n', group: 'work', within: 'posts' },
  {
    id: 'templates',
    href: '/templates',
    icon: LayoutTemplate,
    shortcut: 'g e',
    group: 'work',
    within: 'posts',
  },
  { id: 'feeds', href: '/feeds', icon: Rss, shortcut: 'g f', group: 'work', within: 'posts' },
  { id: 'channels', href: '/channels', icon: Cable, shortcut: 'g h', group: 'work', phone: true },
  { id: 'ai', href: '/ai', icon: Sparkles, shortcut: 'g a', group: 'work' },
  { id: 'crm', href: '/crm', icon: Contact, shortcut: 'g r', group: 'work', permission: 'crm.read' },
  {
    id: 'pipeline',
    href: '/crm/pipeline',
    icon: Columns3,
    shortcut: 'g l',
    group: 'work',
    within: 'crm',
    permission: 'crm.read',
  },
  {
    id: 'duplicates',
    href: '/crm/duplicates',
    icon: CopyX,
    shortcut: 'g u',
    group: 'work',
    within: 'crm',
    permission: 'integrations.manage',
  },
  { id: 'integrations', href: '/integrations', icon: Plug, shortcut: 'g x', group: 'work' },
  { id: 'tokens', href: '/tokens', icon: Coins, shortcut: 'g t', group: 'manage' },
  {
    id: 'billing',
    href: '/billing',
    icon: CreditCard,
    shortcut: 'g b',
    group: 'manage',
    permission: 'billing.manage',
  },
  {
    id: 'organization',
    href: '/organization/members',
    section: '/organization',
    icon: Building2,
    shortcut: 'g o',
    group: 'manage',
  },
  { id: 'settings', href: '/settings', icon: Settings, shortcut: 'g s', group: 'manage' },
];

/** The entries a role may use. */
export function allowedNav(permissions: readonly string[]): NavItem[] {
  return NAV.filter((item) => !item.permission || permissions.includes(item.permission));
}

function covers(section: string, pathname: string): boolean {
  return pathname === section || pathname.startsWith(`${section}/`);
}

/** The entry a page belongs to: the one with the longest path that covers it. */
export function currentItem(items: readonly NavItem[], pathname: string): NavItem | undefined {
  return items
    .filter((item) => covers(item.section ?? item.href, pathname))
    .sort((a, b) => (b.section ?? b.href).length - (a.section ?? a.href).length)[0];
}

/** The entry that the sidebar marks for a page. */
export function rootOf(item: NavItem | undefined): string | undefined {
  return item?.within ?? item?.id;
}

/** The pages that lead to each other from this one: none on a page of its own, or below one of theirs. */
export function siblingsOf(items: readonly NavItem[], pathname: string): NavItem[] {
  const current = items.find((item) => item.href === pathname);
  const area = items.filter((item) => current && rootOf(item) === rootOf(current));
  return area.length > 1 ? area : [];
}
