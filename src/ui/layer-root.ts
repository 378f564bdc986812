'use client';

const ID = 'layers';

/**
 * Where menus and tooltips are drawn: a named region at the end of the page, so that they cover
 * everything and screen readers still find them inside a landmark. Made when the first one opens.
 */
export function layerRoot(label: string): HTMLElement {
  const existing = document.getElementById(ID);
  if (existing) return existing;
  const root = document.createElement('div');
  root.id = ID;
  root.setAttribute('role', 'region');
  root.setAttribute('aria-label', label);
  document.body.append(root);
  return root;
}
