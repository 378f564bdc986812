import { cva, type VariantProps } from 'class-variance-authority';
import type { ReactNode } from 'react';
import { cn } from './cn';
import { type IconProp, renderIcon } from './icon';

const styles = cva(
  'inline-flex h-5 items-center gap-1 rounded-md px-1.5 text-xs font-medium whitespace-nowrap [&_svg]:size-3',
  {
    variants: {
      tone: {
        neutral: 'bg-sunken text-muted ring-1 ring-line ring-inset',
        iris: 'bg-iris-tint text-iris-text',
        ok: 'bg-ok-tint text-ok',
        warn: 'bg-warn-tint text-warn',
        danger: 'bg-danger-tint text-danger',
        info: 'bg-info-tint text-info',
        // Coral is too light for small text on its own: the word stays in ink, the tint carries it.
        coral: 'bg-coral-tint text-ink',
      },
    },
    defaultVariants: { tone: 'neutral' },
  },
);

export type Tone = NonNullable<VariantProps<typeof styles>['tone']>;

export type BadgeProps = {
  tone?: Tone | undefined;
  dot?: boolean | undefined;
  icon?: IconProp;
  className?: string | undefined;
  children: ReactNode;
};

/** A word about a thing: its kind, its count, its plan. For states use `StatusBadge`. */
export function Badge({ tone = 'neutral', dot = false, icon, className, children }: BadgeProps) {
  return (
    <span className={cn(styles({ tone }), className)}>
      {dot && (
        <span
          aria-hidden="true"
          className={cn('size-1.5 rounded-full', tone === 'coral' ? 'bg-coral' : 'bg-current')}
        />
      )}
      {renderIcon(icon)}
      {children}
    </span>
  );
}
