import { describe, expect, it } from 'vitest';
import messages from '@/messages/en/shell.json';
import { allowedNav, currentItem, NAV, rootOf, siblingsOf } from './nav';

describe('navigation', () => {
  it('gives every entry its own path and keys, and a name', () => {
    expect(new Set(NAV.map((item) => item.href)).size).toBe(NAV.length);
    expect(new Set(NAV.map((item) => item.shortcut)).size).toBe(NAV.length);
    expect(NAV.filter((item) => !(item.id in messages.nav))).toEqual([]);
  });
  it('has four entries for phones, the fifth place being "More"', () => {
    expect(NAV.filter((item) => item.phone)).toHaveLength(4);
  });
  it('hides what a role may not use', () => {
    expect(allowedNav([]).map((item) => item.id)).not.toContain('create');
    expect(allowedNav(['content.write']).map((item) => item.id)).toContain('create');
  });
  it.each([
    ['/organization/api-keys', 'organization'],
    ['/posts/abc', 'posts'],
    ['/postscript', undefined],
    ['/settings', 'settings'],
  ])('%s belongs to %s', (pathname, id) => {
    expect(currentItem(NAV, pathname)?.id).toBe(id);
  });

  it('marks the area a page stands under, and leads from each of its pages to the others', () => {
    expect(rootOf(currentItem(NAV, '/campaigns'))).toBe('posts');
    expect(rootOf(currentItem(NAV, '/media'))).toBe('media');
    const area = ['posts', 'campaigns', 'templates', 'feeds'];
    for (const path of ['/posts', '/feeds'])
      expect(siblingsOf(NAV, path).map((page) => page.id)).toEqual(area);
    expect(siblingsOf(NAV, '/crm/pipeline').map((page) => page.id)).toEqual([
      'crm',
      'pipeline',
      'duplicates',
    ]);
    expect(siblingsOf(NAV, '/crm/record_1')).toEqual([]);
    expect([siblingsOf(NAV, '/posts/post_1'), siblingsOf(NAV, '/media')]).toEqual([[], []]);
  });
});
