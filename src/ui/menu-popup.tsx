'use client';

import { Menu } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { cn } from './cn';
import { renderIcon } from './icon';
import { Kbd } from './kbd';
import type { MenuAction, MenuItem } from './menu';
import { popup, popupItem } from './overlay-styles';

type MenuPopupProps = {
  anchor: HTMLElement;
  open: boolean;
  items: readonly MenuItem[];
  align: 'start' | 'center' | 'end';
  side: 'top' | 'bottom' | 'left' | 'right';
  onOpenChange: (open: boolean, event: Event) => void;
};

function ItemBody({ item }: { item: MenuAction }): ReactNode {
  return (
    <>
      {renderIcon(item.icon)}
      <span className="grid min-w-0 flex-1">
        <span className="truncate">{item.label}</span>
        {item.description && <span className="text-xs text-muted">{item.description}</span>}
      </span>
      {item.shortcut && <Kbd>{item.shortcut}</Kbd>}
    </>
  );
}

function Row({ item }: { item: MenuAction }) {
  const className = cn(
    popupItem,
    item.danger && 'text-danger data-highlighted:bg-danger-tint',
    item.description && 'h-auto py-1.5 pointer-coarse:h-auto',
  );
  if (item.checked !== undefined) {
    return (
      <Menu.CheckboxItem
        checked={item.checked}
        disabled={item.disabled}
        onCheckedChange={() => item.onSelect?.()}
        className={className}
      >
        <span className="flex size-4">
          <Menu.CheckboxItemIndicator>
            <Check size={16} aria-hidden="true" />
          </Menu.CheckboxItemIndicator>
        </span>
        <ItemBody item={item} />
      </Menu.CheckboxItem>
    );
  }
  if (item.href && !item.disabled) {
    return (
      <Menu.LinkItem
        closeOnClick
        className={className}
        render={<Link href={item.href} />}
        onClick={() => item.onSelect?.()}
      >
        <ItemBody item={item} />
      </Menu.LinkItem>
    );
  }
  return (
    <Menu.Item disabled={item.disabled} onClick={() => item.onSelect?.()} className={className}>
      <ItemBody item={item} />
    </Menu.Item>
  );
}

function renderItem(item: MenuItem, index: number) {
  if (item === 'separator') {
    return <Menu.Separator key={`separator-${index}`} className="my-1 h-px bg-line" />;
  }
  if ('heading' in item) {
    return (
      <div
        key={`heading-${item.heading}`}
        role="presentation"
        className="px-2 pt-1.5 pb-1 text-xs text-muted"
      >
        {item.heading}
      </div>
    );
  }
  return <Row key={`${item.label}-${item.href ?? ''}`} item={item} />;
}

/** The part of `Menu` that is loaded on first use. */
export default function MenuPopup(props: MenuPopupProps) {
  return (
    <Menu.Root
      open={props.open}
      onOpenChange={(open, details) => props.onOpenChange(open, details.event)}
      modal={false}
    >
      <Menu.Portal>
        <Menu.Positioner
          anchor={props.anchor}
          align={props.align}
          side={props.side}
          sideOffset={4}
          className="z-50 outline-none"
        >
          <Menu.Popup
            finalFocus={() => props.anchor}
            className={cn(popup, 'max-h-(--available-height) max-w-80 overflow-y-auto')}
          >
            {props.items.map(renderItem)}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
