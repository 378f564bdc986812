'use client';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useEffect, useRef } from 'react';
import { cn } from './cn';

export interface PageNavProps {
  /** Read out before the links. */
  label: string;
  pages: readonly { href: string; label: string }[];
}

/** The pages of one area, under its title. On a phone the row scrolls, and the page one is on never hides at its end. */
export function PageNav({ label, pages }: PageNavProps) {
  const pathname = usePathname();
  const row = useRef<HTMLElement>(null);
  useEffect(() => {
    const current = row.current?.querySelector(`a[href="${pathname}"]`);
    current?.scrollIntoView({ inline: 'nearest', block: 'nearest' });
  }, [pathname]);
  return (
    <nav ref={row} aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
      {pages.map((page) => {
        const current = pathname === page.href;
        return (
          <Link
            key={page.href}
            href={page.href}
            aria-current={current ? 'page' : undefined}
            className={cn(
              '-mb-px flex h-9 items-center border-b-2 border-transparent px-2.5 text-base whitespace-nowrap text-muted outline-offset-[-3px] hover:text-ink pointer-coarse:h-11',
              current && 'border-iris font-medium text-ink',
            )}
          >
            {page.label}
          </Link>
        );
      })}
    </nav>
  );
}
