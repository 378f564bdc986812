import { type ClassValue, clsx } from 'clsx';
import { extendTailwindMerge } from 'tailwind-merge';

// Our type scale and shadow are named like Tailwind's where they can be; what is ours alone is
// declared here so that a later class still wins over an earlier one.
const merge = extendTailwindMerge({
  extend: { theme: { shadow: ['float'], animate: ['live'] } },
});

/** Joins class names; where two set the same property the later one wins. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
