import { cva, type VariantProps } from 'class-variance-authority';

/** Shared by `Button`, `LinkButton` and `IconButton`. Grows to 40 px where the pointer is a finger. */
export const buttonStyles = cva(
  [
    'inline-flex shrink-0 items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap',
    'select-none transition-colors [&_svg]:size-4 [&_svg]:shrink-0',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-60',
  ],
  {
    variants: {
      variant: {
        primary:
          'border-transparent bg-iris text-on-iris hover:bg-iris-hover active:bg-iris-hover disabled:hover:bg-iris',
        secondary:
          'border-line bg-surface text-ink hover:border-edge hover:bg-sunken active:bg-sunken disabled:hover:bg-surface',
        ghost: 'border-transparent bg-transparent text-ink hover:bg-ink/6 active:bg-ink/10',
        danger: 'border-transparent bg-danger text-on-danger hover:bg-danger-hover active:bg-danger-hover',
      },
      size: {
        sm: 'h-7 px-2.5 text-sm pointer-coarse:h-9',
        md: 'h-8 px-3 text-base pointer-coarse:h-10',
      },
      square: { true: 'px-0', false: '' },
    },
    compoundVariants: [
      { square: true, size: 'sm', className: 'w-7 pointer-coarse:w-9' },
      { square: true, size: 'md', className: 'w-8 pointer-coarse:w-10' },
    ],
    defaultVariants: { variant: 'secondary', size: 'md', square: false },
  },
);

export type ButtonVariants = Pick<VariantProps<typeof buttonStyles>, 'variant' | 'size'>;
