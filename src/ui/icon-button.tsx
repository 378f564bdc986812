import type { ComponentProps } from 'react';
import { type ButtonVariants, buttonStyles } from './button-styles';
import { cn } from './cn';
import { type IconProp, renderIcon } from './icon';
import { Spinner } from './spinner';
import { Tooltip } from './tooltip';

export type IconButtonProps = Omit<ComponentProps<'button'>, 'children'> &
  ButtonVariants & {
    /** The name of the action; read by screen readers and shown as a tooltip. */
    label: string;
    icon: IconProp;
    loading?: boolean | undefined;
    /** Where the tooltip opens. */
    side?: 'top' | 'bottom' | 'left' | 'right' | undefined;
    shortcut?: string | undefined;
  };

/** A square button with an icon only. */
export function IconButton({
  label,
  icon,
  variant = 'ghost',
  size,
  loading = false,
  className,
  type = 'button',
  side,
  shortcut,
  ...props
}: IconButtonProps) {
  return (
    <Tooltip content={label} shortcut={shortcut} side={side} describes={false}>
      <button
        {...props}
        type={type}
        aria-label={label}
        aria-busy={loading || undefined}
        disabled={props.disabled || loading}
        className={cn(buttonStyles({ variant, size, square: true }), className)}
      >
        {loading ? <Spinner /> : renderIcon(icon)}
      </button>
    </Tooltip>
  );
}
