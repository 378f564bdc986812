import type { ReactNode } from 'react';
import { cn } from './cn';

export type CardProps = {
  title?: ReactNode;
  /** A sentence under the title. */
  description?: ReactNode;
  actions?: ReactNode;
  children?: ReactNode;
  footer?: ReactNode;
  /** Lets tables and lists reach the edges. */
  flush?: boolean | undefined;
  /** The heading level of the title; 2 unless the card lies inside a titled section. */
  level?: 2 | 3 | undefined;
  className?: string | undefined;
};

/** A surface with one subject. Do not nest cards, and do not make a page of them. */
export function Card(props: CardProps) {
  const Heading = props.level === 3 ? 'h3' : 'h2';
  return (
    <section className={cn('rounded-lg border border-line bg-surface', props.className)}>
      {(props.title || props.actions) && (
        <header className="flex min-h-12 flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 pt-2.5 pb-1.5">
          <div className="min-w-0">
            {props.title && <Heading className="text-base font-semibold">{props.title}</Heading>}
            {props.description && <p className="text-sm text-muted">{props.description}</p>}
          </div>
          {props.actions && <div className="flex flex-wrap items-center gap-2">{props.actions}</div>}
        </header>
      )}
      {props.children ? (
        <div
          className={cn(!props.flush && 'p-4', !props.flush && (props.title || props.actions) && 'pt-1.5')}
        >
          {props.children}
        </div>
      ) : (
        // A head alone stands as far from the bottom as from the top.
        <div className="h-1" />
      )}
      {props.footer && (
        <footer className="border-t border-line px-4 py-2.5 text-sm text-muted">{props.footer}</footer>
      )}
    </section>
  );
}
