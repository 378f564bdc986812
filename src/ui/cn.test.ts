import { expect, it } from 'vitest';
import { cn } from './cn';

it.each([
  ['px-3 text-muted', 'px-0', 'text-muted px-0'],
  ['px-3 pt-1', 'p-0', 'p-0'],
  ['p-4', 'pt-1.5', 'p-4 pt-1.5'],
  ['text-sm text-muted', 'text-danger', 'text-sm text-danger'],
  ['text-sm', 'text-iris-text', 'text-sm text-iris-text'],
  ['text-center text-sm', 'text-left', 'text-sm text-left'],
  ['text-base leading-5', 'text-lg', 'text-lg'],
  ['bg-surface', 'bg-coral-tint', 'bg-coral-tint'],
  ['bg-iris/10 hover:bg-iris', 'hover:bg-danger', 'bg-iris/10 hover:bg-danger'],
  ['border border-line', 'border-danger/40', 'border border-danger/40'],
  ['border border-line', 'border-2', 'border-line border-2'],
  ['border border-transparent', 'border-dashed', 'border border-transparent border-dashed'],
  ['border-b border-line', 'border-b-0', 'border-line border-b-0'],
  ['flex items-center', 'hidden', 'items-center hidden'],
  ['flex flex-1', 'flex-col', 'flex flex-1 flex-col'],
  ['w-4 h-4', 'size-5', 'size-5'],
  ['size-4', 'w-full', 'size-4 w-full'],
  ['max-h-[72dvh]', 'max-h-90', 'max-h-90'],
  ['shadow-float', 'shadow-none', 'shadow-none'],
  ['animate-live', 'animate-none', 'animate-none'],
  ['font-display font-bold', 'font-medium', 'font-display font-medium'],
  ['rounded-lg', 'rounded-full', 'rounded-full'],
  ['mt-2 -mt-1', 'mt-0', 'mt-0'],
  ['outline-none', 'outline-2', 'outline-2'],
  ['scroll-fade-x stripes', 'tick-rule', 'scroll-fade-x stripes tick-rule'],
])('"%s" with "%s" is "%s"', (first, second, result) => {
  expect(cn(first, second)).toBe(result);
});

it('drops what is not there', () => {
  expect(cn('p-1', false, undefined, null, ['m-1', 0 > 1 && 'm-2'])).toBe('p-1 m-1');
});
