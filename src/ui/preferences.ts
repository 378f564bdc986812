'use client';

import { useCallback, useSyncExternalStore } from 'react';
import { type Locale, PREFERENCE_COOKIES } from '@/i18n/locale';

const YEAR_SECONDS = 31_536_000;

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

/** A choice the server needs for its next answer. Nothing secret, so the page may write it. */
function remember(name: string, value: string | null) {
  const secure = window.location.protocol === 'https:' ? '; Secure' : '';
  const age = value === null ? 0 : YEAR_SECONDS;
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is not in every browser we serve
  document.cookie = `${name}=${encodeURIComponent(value ?? '')}; Path=/; Max-Age=${age}; SameSite=Lax${secure}`;
}

function readCookie(name: string): string | undefined {
  const found = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : undefined;
}

export function rememberLocale(locale: Locale) {
  remember(PREFERENCE_COOKIES.locale, locale);
}

export function rememberTimeZone(zone: string) {
  remember(PREFERENCE_COOKIES.timeZone, zone);
}

export function rememberSidebar(collapsed: boolean) {
  remember(PREFERENCE_COOKIES.sidebar, collapsed ? 'collapsed' : 'expanded');
}

/** The zone the server formats in, or undefined when it was never told one. */
export function rememberedTimeZone(): string | undefined {
  return readCookie(PREFERENCE_COOKIES.timeZone);
}

function currentTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system';
}

function watchTheme(onChange: () => void) {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  return () => observer.disconnect();
}

/** The chosen theme and how to change it: at once on the page, and for the next visit. */
export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore<Theme>(watchTheme, currentTheme, () => 'system');
  const choose = useCallback((next: Theme) => {
    if (next === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = next;
    remember(PREFERENCE_COOKIES.theme, next === 'system' ? null : next);
  }, []);
  return [theme, choose];
}
