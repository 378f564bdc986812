import { describe, expect, it } from 'vitest';
import { below, filledTemplate, placesOf } from './template-text';

describe('templates', () => {
  it('name their places once, in order', () => {
    expect(placesOf('New: {{product}} at {{ opening day }}. {{product}}!')).toEqual([
      'product',
      'opening day',
    ]);
    expect(placesOf('{{}} {one} {{ }} {{a{{b}}')).toEqual(['b']);
  });

  it('fill what has a value and keep the other places', () => {
    const text = '{{product}} for {{price}}; {{product}} {{constructor}}';
    expect(filledTemplate(text, { product: 'Tea {{price}}', price: '' })).toBe(
      'Tea {{price}} for {{price}}; Tea {{price}} {{constructor}}',
    );
  });

  it('stand below what is written', () => {
    expect(below('', '#a')).toBe('#a');
    expect(below('Hi\n', '#a')).toBe('Hi\n\n#a');
  });
});
