'use client';
import type { ComponentProps, MouseEvent } from 'react';
import { type ButtonVariants, buttonStyles } from './button-styles';
import { cn } from './cn';
import { type IconProp, renderIcon } from './icon';
import { Spinner } from './spinner';
import { useHydrated } from './use-hydrated';

export type ButtonProps = ComponentProps<'button'> &
  ButtonVariants & {
    /** Shows a spinner and ignores clicks, but keeps focus and the button's name. */
    loading?: boolean | undefined;
    icon?: IconProp;
  };

function ignore(event: MouseEvent) {
  event.preventDefault();
  event.stopPropagation();
}

/** The one button. One `primary` per view; `secondary` is the default. */
export function Button({
  variant,
  size,
  loading = false,
  icon,
  className,
  children,
  type = 'button',
  disabled = false,
  onClick,
  ...props
}: ButtonProps) {
  // Before the page is taken over, a form would go to the server by itself and what was typed be lost.
  const ready = useHydrated() || type !== 'submit';
  return (
    <button
      {...props}
      {...(loading ? { 'aria-disabled': true, 'aria-busy': true, onClick: ignore } : { onClick })}
      type={type}
      disabled={disabled || !ready}
      className={cn(buttonStyles({ variant, size }), className)}
    >
      {loading ? <Spinner /> : renderIcon(icon)}
      {children}
    </button>
  );
}
