import { ChevronRight } from 'lucide-react';
import Link from 'next/link';
import { Fragment, type ReactNode } from 'react';

export type Crumb = { label: string; href?: string | undefined };

export type PageHeaderProps = {
  title: ReactNode;
  description?: ReactNode;
  actions?: ReactNode;
  /** Parents only; the title is the last step. */
  breadcrumb?: readonly Crumb[] | undefined;
  /** Beside the title: a state, a tag. */
  aside?: ReactNode;
};

/** The one `h1` of a page, what the page is for, and its main action. */
export function PageHeader({ title, description, actions, breadcrumb, aside }: PageHeaderProps) {
  return (
    <header className="mb-5 flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
      <div className="min-w-0">
        {breadcrumb && breadcrumb.length > 0 && (
          <div className="mb-1 flex flex-wrap items-center gap-1 text-sm text-muted">
            {breadcrumb.map((crumb) => (
              <Fragment key={crumb.label}>
                {crumb.href ? (
                  <Link href={crumb.href} className="hover:text-ink hover:underline">
                    {crumb.label}
                  </Link>
                ) : (
                  <span>{crumb.label}</span>
                )}
                <ChevronRight size={12} aria-hidden="true" />
              </Fragment>
            ))}
          </div>
        )}
        <div className="flex flex-wrap items-center gap-2.5">
          <h1 className="font-display text-xl font-semibold tracking-tight">{title}</h1>
          {aside}
        </div>
        {description && <p className="mt-0.5 max-w-[68ch] text-base text-muted">{description}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
