import { expect, it } from 'vitest';
import { cn } from './cn';

it('lets a later class win over an earlier one of the same kind', () => {
  expect(cn('px-3 text-muted', 'px-0')).toBe('text-muted px-0');
  expect(cn('text-sm text-muted', 'text-danger')).toBe('text-sm text-danger');
});

it('keeps a size and a colour that share a prefix', () => {
  expect(cn('text-sm', 'text-iris-text')).toBe('text-sm text-iris-text');
  expect(cn('bg-surface', false, undefined, 'bg-coral-tint')).toBe('bg-coral-tint');
});

it('knows our own shadow and animation', () => {
  expect(cn('shadow-float', 'shadow-none')).toBe('shadow-none');
  expect(cn('animate-live', 'animate-none')).toBe('animate-none');
});
