import Link from 'next/link';
import type { ComponentProps } from 'react';
import { type ButtonVariants, buttonStyles } from './button-styles';
import { cn } from './cn';
import { type IconProp, renderIcon } from './icon';

export type LinkButtonProps = ComponentProps<typeof Link> & ButtonVariants & { icon?: IconProp };

/** A link that looks like a button: it goes somewhere, it does nothing. */
export function LinkButton({ variant, size, icon, className, children, ...props }: LinkButtonProps) {
  return (
    <Link {...props} className={cn(buttonStyles({ variant, size }), className)}>
      {renderIcon(icon)}
      {children}
    </Link>
  );
}
