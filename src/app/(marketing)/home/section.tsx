import type { ReactNode } from 'react';

type SectionProps = { id: string; title: string; lead: string; children: ReactNode };

/** One subject of the page: its claim on top, its evidence below. */
export function Section({ id, title, lead, children }: SectionProps) {
  return (
    <section aria-labelledby={id} className="mx-auto max-w-280 px-4 pt-20 md:px-6 md:pt-28">
      <div className="mb-8 grid gap-2">
        <h2 id={id} className="max-w-[24ch] font-display text-2xl font-semibold tracking-tight">
          {title}
        </h2>
        <p className="max-w-[60ch] text-lg text-muted">{lead}</p>
      </div>
      {children}
    </section>
  );
}
