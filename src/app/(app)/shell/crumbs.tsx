'use client';

import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useTranslations } from 'next-intl';
import {
  createContext,
  type Dispatch,
  Fragment,
  type ReactNode,
  type SetStateAction,
  useContext,
  useEffect,
  useState,
} from 'react';
import { currentItem, NAV } from './nav';

export type Crumb = { label: string; href?: string | undefined };

const Context = createContext<readonly [readonly Crumb[], Dispatch<SetStateAction<readonly Crumb[]>>]>([
  [],
  () => undefined,
]);

export function CrumbsProvider({ children }: { children: ReactNode }) {
  const state = useState<readonly Crumb[]>([]);
  return <Context value={state}>{children}</Context>;
}

/** Adds the steps below a section to the top bar, e.g. the name of the open post. Render it anywhere in the page. */
export function Crumbs({ items }: { items: readonly Crumb[] }) {
  const [, setCrumbs] = useContext(Context);
  const key = JSON.stringify(items);
  useEffect(() => {
    setCrumbs(JSON.parse(key) as Crumb[]);
    return () => setCrumbs([]);
  }, [key, setCrumbs]);
  return null;
}

/** Where you are: the section, and the steps the page added. */
export function Breadcrumb() {
  const t = useTranslations('shell');
  const [crumbs] = useContext(Context);
  const item = currentItem(NAV, usePathname());
  if (!item) return <div className="min-w-0 flex-1" />;
  const steps: Crumb[] = [{ label: t(`nav.${item.id}`), href: item.href }, ...crumbs];
  return (
    <nav aria-label={t('breadcrumb')} className="flex min-w-0 flex-1 items-center gap-1 text-sm text-muted">
      {steps.map((step, index) => {
        const last = index === steps.length - 1;
        return (
          <Fragment key={`${step.label}-${step.href ?? ''}`}>
            {index > 0 && <ChevronRight size={12} aria-hidden="true" />}
            {step.href && !last ? (
              <Link href={step.href} className="truncate hover:text-ink hover:underline">
                {step.label}
              </Link>
            ) : (
              <span aria-current={last ? 'page' : undefined} className="truncate font-medium text-ink">
                {step.label}
              </span>
            )}
          </Fragment>
        );
      })}
    </nav>
  );
}
