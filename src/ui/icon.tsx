import { type ComponentType, createElement, isValidElement, type ReactNode } from 'react';

type IconComponent = ComponentType<{ size?: number | string; 'aria-hidden'?: boolean | 'true' | 'false' }>;

/** An icon as an element (`<Plus />`) or, from client components, as the component itself (`Plus`). */
export type IconProp = ReactNode | IconComponent;

const COMPONENT_TYPES = new Set<unknown>([Symbol.for('react.forward_ref'), Symbol.for('react.memo')]);

function isComponent(icon: IconProp): icon is IconComponent {
  if (typeof icon === 'function') return true;
  return (
    typeof icon === 'object' && icon !== null && '$$typeof' in icon && COMPONENT_TYPES.has(icon.$$typeof)
  );
}

/** Renders an icon at 16 or 20 px. It is decoration: the control beside it carries the name. */
export function renderIcon(icon: IconProp, size: 16 | 20 = 16): ReactNode {
  if (isValidElement(icon)) return icon;
  if (isComponent(icon)) return createElement(icon, { size, 'aria-hidden': true });
  return icon;
}
