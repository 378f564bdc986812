'use client';

import {
  cloneElement,
  type KeyboardEvent,
  lazy,
  type MouseEvent,
  type ReactElement,
  Suspense,
  useId,
  useRef,
  useState,
} from 'react';
import type { IconProp } from './icon';

// Positioning and keyboard handling of the list are loaded with the first menu that opens.
const MenuPopup = lazy(() => import('./menu-popup'));

export type MenuAction = {
  label: string;
  icon?: IconProp;
  onSelect?: (() => void) | undefined;
  href?: string | undefined;
  danger?: boolean | undefined;
  disabled?: boolean | undefined;
  shortcut?: string | undefined;
  /** A second line, e.g. why it is disabled. */
  description?: string | undefined;
  /** Makes it a check item: the menu stays open while several are changed. */
  checked?: boolean | undefined;
};

export type MenuItem = MenuAction | 'separator' | { heading: string };

export type MenuProps = {
  /** A button; it gets `aria-haspopup` and opens the menu. */
  trigger: ReactElement;
  items: readonly MenuItem[];
  align?: 'start' | 'center' | 'end' | undefined;
  side?: 'top' | 'bottom' | 'left' | 'right' | undefined;
};

type TriggerProps = {
  id?: string | undefined;
  'aria-haspopup'?: 'menu';
  'aria-expanded'?: boolean;
  onClick?: ((event: MouseEvent<HTMLElement>) => void) | undefined;
  onKeyDown?: ((event: KeyboardEvent<HTMLElement>) => void) | undefined;
};

/** A list of actions that opens from a button. Arrow keys, typing ahead and Escape work. */
export function Menu({ trigger, items, align = 'start', side = 'bottom' }: MenuProps) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [byKeyboard, setByKeyboard] = useState(false);
  // A press on the trigger closes an open menu as an outside press; its click must not open it again.
  const closedByTrigger = useRef(false);

  const toggle = (element: HTMLElement, keyboard: boolean) => {
    setAnchor(element);
    setByKeyboard(keyboard);
    if (closedByTrigger.current) closedByTrigger.current = false;
    else setOpen((current) => !current);
  };
  const child = trigger as ReactElement<TriggerProps>;
  return (
    <>
      {cloneElement(child, {
        id: child.props.id ?? id,
        'aria-haspopup': 'menu',
        'aria-expanded': open,
        onClick: (event: MouseEvent<HTMLElement>) => {
          child.props.onClick?.(event);
          // A click made by Enter or Space has no pointer behind it and counts no presses.
          toggle(event.currentTarget, event.detail === 0);
        },
        onKeyDown: (event: KeyboardEvent<HTMLElement>) => {
          child.props.onKeyDown?.(event);
          closedByTrigger.current = false;
          if (event.key !== 'ArrowDown' || open) return;
          event.preventDefault();
          setAnchor(event.currentTarget);
          setByKeyboard(true);
          setOpen(true);
        },
      })}
      {anchor && (
        <Suspense>
          <MenuPopup
            anchor={anchor}
            open={open}
            byKeyboard={byKeyboard}
            items={items}
            align={align}
            side={side}
            onOpenChange={(next, event) => {
              closedByTrigger.current =
                !next &&
                event.type !== 'keydown' &&
                event.target instanceof Node &&
                anchor.contains(event.target);
              setOpen(next);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
