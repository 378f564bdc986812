'use client';
import { useEffect } from 'react';

/**
 * Whoever leaves with something unsaved is asked: by the browser when the page closes, by the page when a link leads on.
 * @param onLeave is given where the link leads; it must not change with every render.
 */
export function useLeaveGuard(dirty: boolean, onLeave: (href: string) => void): void {
  useEffect(() => {
    if (!dirty) return;
    const closing = (event: BeforeUnloadEvent) => event.preventDefault();
    const leading = (event: MouseEvent) => {
      const link =
        event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href]') : null;
      const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
      if (!link || elsewhere || link.target === '_blank' || link.origin !== window.location.origin) return;
      const href = link.pathname + link.search + link.hash;
      // A place on this page, such as its main part, is no way out.
      if (link.pathname === window.location.pathname && link.search === window.location.search) return;
      event.preventDefault();
      event.stopPropagation();
      onLeave(href);
    };
    window.addEventListener('beforeunload', closing);
    document.addEventListener('click', leading, true);
    return () => {
      window.removeEventListener('beforeunload', closing);
      document.removeEventListener('click', leading, true);
    };
  }, [dirty, onLeave]);
}
