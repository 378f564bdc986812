import type { ReactNode } from 'react';
import { cn } from './cn';
import { type IconProp, renderIcon } from './icon';

export type EmptyStateProps = {
  icon?: IconProp;
  title: ReactNode;
  /** One sentence that teaches the next step. */
  body?: ReactNode;
  /** One action. */
  action?: ReactNode;
  /** The outline of the real screen, drawn behind; rows by default. */
  outline?: 'rows' | 'tiles' | 'none' | undefined;
  className?: string | undefined;
};

function Outline({ kind }: { kind: 'rows' | 'tiles' }) {
  return (
    <div
      aria-hidden="true"
      className={cn(
        'absolute inset-x-4 top-4 grid gap-2 mask-[linear-gradient(to_bottom,black,transparent_85%)]',
        kind === 'tiles' ? 'grid-cols-3' : 'grid-cols-1',
      )}
    >
      {[72, 54, 63, 48, 66, 58].map((width) =>
        kind === 'tiles' ? (
          <div key={width} className="h-24 rounded-md border border-dashed border-line" />
        ) : (
          <div
            key={width}
            className="flex h-9 items-center gap-3 rounded-md border border-dashed border-line px-3"
          >
            <span className="size-4 rounded-[4px] border border-line" />
            <span className="h-2 rounded-full bg-line/70" style={{ width: `${width / 2}%` }} />
            <span className="ml-auto h-2 w-10 rounded-full bg-line/70" />
          </div>
        ),
      )}
    </div>
  );
}

/** The real screen in outline, with one sentence and one next step. */
export function EmptyState({ icon, title, body, action, outline = 'rows', className }: EmptyStateProps) {
  return (
    <div
      className={cn(
        'relative flex min-h-64 flex-col items-center justify-center overflow-hidden rounded-lg border border-line bg-surface px-6 py-10 text-center',
        className,
      )}
    >
      {outline !== 'none' && <Outline kind={outline} />}
      <div className="relative grid max-w-100 justify-items-center gap-1 rounded-lg bg-surface px-5 py-3">
        {icon && <span className="mb-1 text-muted [&_svg]:size-5">{renderIcon(icon, 20)}</span>}
        <p className="text-lg font-semibold">{title}</p>
        {body && <p className="text-base text-balance text-muted">{body}</p>}
        {action && <div className="mt-3">{action}</div>}
      </div>
    </div>
  );
}
