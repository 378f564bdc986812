import { type ClassValue, clsx } from 'clsx';
import { createTailwindMerge } from 'tailwind-merge';

/*
 * tailwind-merge's own table knows all of Tailwind and weighs 9 kB on every page. This one knows the
 * utilities our components are restyled with; a class it does not know is kept as it is.
 */

const any = () => true;
/** Groups named like the utility itself: `gap-2` and `gap-4` set the same thing. */
const plain = (...names: string[]) => Object.fromEntries(names.map((name) => [name, [{ [name]: [any] }]]));

const SIDES = ['x', 'y', 't', 'r', 'b', 'l'];
const sided = (name: string) => plain(name, ...SIDES.map((side) => `${name}${side}`));
/** A shorthand takes the place of what it covers: `p-0` undoes `px-2`, not the other way round. */
const sidedConflicts = (name: string) => ({
  [name]: SIDES.map((side) => `${name}${side}`),
  [`${name}x`]: [`${name}r`, `${name}l`],
  [`${name}y`]: [`${name}t`, `${name}b`],
});

const isWidth = (value: string) => /^(\d+|\[\d.*)$/.test(value);
const DISPLAY = [
  'block',
  'inline-block',
  'inline',
  'flex',
  'inline-flex',
  'grid',
  'inline-grid',
  'contents',
  'table',
  'hidden',
];
const BORDER_STYLES = ['solid', 'dashed', 'dotted', 'double', 'none', 'collapse', 'separate'];
const borderSides = Object.fromEntries(
  SIDES.map((side) => [`border-w-${side}`, [{ [`border-${side}`]: ['', isWidth] }]]),
);

const classGroups = {
  ...sided('p'),
  ...sided('m'),
  ...plain('gap', 'gap-x', 'gap-y', 'size', 'w', 'h', 'min-w', 'max-w', 'min-h', 'max-h'),
  ...plain('z', 'order', 'opacity', 'cursor', 'leading', 'tracking', 'rotate', 'scale', 'duration', 'ease'),
  ...plain(
    'inset',
    'inset-x',
    'inset-y',
    'top',
    'right',
    'bottom',
    'left',
    'grid-cols',
    'col-span',
    'row-span',
  ),
  ...plain('items', 'justify', 'content', 'self', 'justify-items', 'place-items', 'overflow', 'overflow-x'),
  ...plain('overflow-y', 'rounded', 'shadow', 'animate', 'select', 'fill', 'object', 'aspect', 'columns'),
  ...plain(
    'pointer-events',
    'outline-offset',
    'basis',
    'grow',
    'shrink',
    'whitespace',
    'break',
    'translate-x',
  ),
  ...plain('translate-y', 'divide-x', 'divide-y', 'underline-offset', 'decoration', 'list', 'line-clamp'),
  display: DISPLAY,
  position: ['static', 'relative', 'absolute', 'fixed', 'sticky'],
  visibility: ['visible', 'invisible'],
  'font-size': [{ text: ['xs', 'sm', 'base', 'lg', 'xl', '2xl', '3xl'] }],
  'text-align': [{ text: ['left', 'center', 'right', 'start', 'end', 'justify'] }],
  'text-wrap': [{ text: ['balance', 'pretty', 'wrap', 'nowrap'] }],
  'text-color': [{ text: [any] }],
  'font-weight': [{ font: ['normal', 'medium', 'semibold', 'bold'] }],
  'font-family': [{ font: ['sans', 'display', 'mono'] }],
  'flex-direction': [{ flex: ['row', 'row-reverse', 'col', 'col-reverse'] }],
  'flex-wrap': [{ flex: ['wrap', 'nowrap'] }],
  flex: [{ flex: ['1', 'auto', 'initial', 'none'] }],
  'bg-image': [{ bg: ['none'] }],
  'bg-color': [{ bg: [any] }],
  'border-style': [{ border: BORDER_STYLES }],
  'border-w': [{ border: ['', isWidth] }],
  ...borderSides,
  'border-color': [{ border: [any] }],
  'ring-w': [{ ring: ['', isWidth] }],
  'ring-color': [{ ring: [any] }],
  'outline-w': [{ outline: ['none', 'hidden', isWidth] }],
  'outline-color': [{ outline: [any] }],
  stroke: [{ stroke: [any] }],
};

const merge = createTailwindMerge(() => ({
  cacheSize: 500,
  theme: {},
  classGroups,
  conflictingClassGroups: {
    ...sidedConflicts('p'),
    ...sidedConflicts('m'),
    size: ['w', 'h'],
    gap: ['gap-x', 'gap-y'],
    inset: ['inset-x', 'inset-y', 'top', 'right', 'bottom', 'left'],
    'inset-x': ['left', 'right'],
    'inset-y': ['top', 'bottom'],
    overflow: ['overflow-x', 'overflow-y'],
    'border-w': SIDES.map((side) => `border-w-${side}`),
    'font-size': ['leading'],
  },
  conflictingClassGroupModifiers: {},
  orderSensitiveModifiers: ['before', 'after', 'placeholder', 'file', 'marker', 'selection'],
}));

/** Joins class names; where two set the same property the later one wins. */
export function cn(...classes: ClassValue[]): string {
  return merge(clsx(classes));
}
