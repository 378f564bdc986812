'use client';

import { useSyncExternalStore } from 'react';
import { DEFAULT_LOCALE, isLocale, type Locale } from '@/i18n/locale';
import de from '@/messages/de/fatal.json';
import en from '@/messages/en/fatal.json';
import { buttonStyles } from '@/ui/button-styles';

const TEXTS: Record<Locale, typeof en> = { en, de };

const never = () => () => undefined;

/** The language the failed page was in. This screen stands outside every provider, so it asks the document. */
function useDocumentLocale(): Locale {
  const lang = useSyncExternalStore(
    never,
    () => document.documentElement.lang,
    () => '',
  );
  return isLocale(lang) ? lang : DEFAULT_LOCALE;
}

/** The last screen: what happened, what is safe, what to do. Needs nothing but itself. */
export function Fatal({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const t = TEXTS[useDocumentLocale()];
  const id = error instanceof Error && 'digest' in error ? String(error.digest ?? '') : '';
  return (
    <main id="main" className="mx-auto grid max-w-120 gap-4 px-4 py-24">
      <h1 className="font-display text-2xl font-semibold tracking-tight">{t.title}</h1>
      <p role="alert" className="text-lg text-muted">
        {t.body}
      </p>
      {id && (
        <p className="text-base text-muted">
          {t.next} <code className="font-mono text-sm text-ink select-all">{id}</code>
        </p>
      )}
      <div className="flex items-center gap-4">
        <button type="button" onClick={onRetry} className={buttonStyles({ variant: 'primary' })}>
          {t.retry}
        </button>
        {/* A full load on purpose: the running page is what failed. */}
        <a href="/" className="rounded-md text-iris-text hover:underline">
          {t.home}
        </a>
      </div>
    </main>
  );
}
