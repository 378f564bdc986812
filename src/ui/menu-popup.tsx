'use client';

import { Menu } from '@base-ui/react/menu';
import { Check } from 'lucide-react';
import Link from 'next/link';
import { useTranslations } from 'next-intl';
import { type ReactNode, useEffect, useRef } from 'react';
import { cn } from './cn';
import { renderIcon } from './icon';
import { Kbd } from './kbd';
import { layerRoot } from './layer-root';
import type { MenuAction, MenuItem } from './menu';
import { popup, popupItem } from './overlay-styles';

type MenuPopupProps = {
  anchor: HTMLElement;
  open: boolean;
  byKeyboard: boolean;
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

type Section = { key: string; heading: string | null; ruled: boolean; rows: MenuAction[] };

/** Separators and headings each begin a section; a heading right after a separator shares its section. */
function sectionsOf(items: readonly MenuItem[]): Section[] {
  const sections: Section[] = [{ key: 'first', heading: null, ruled: false, rows: [] }];
  for (const [index, item] of items.entries()) {
    const last = sections.at(-1);
    if (item === 'separator') sections.push({ key: `${index}`, heading: null, ruled: true, rows: [] });
    else if ('heading' in item) {
      if (last && last.rows.length === 0 && last.heading === null) last.heading = item.heading;
      else sections.push({ key: `${index}`, heading: item.heading, ruled: false, rows: [] });
    } else last?.rows.push(item);
  }
  return sections;
}

/** Opened by a key, the first item has the focus at once; opened by a pointer, none is marked yet. */
function useFirstItemFocus(wanted: boolean) {
  const popupRef = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!wanted) return;
    const frame = requestAnimationFrame(() =>
      popupRef.current?.querySelector<HTMLElement>('[role^="menuitem"]:not([aria-disabled="true"])')?.focus(),
    );
    return () => cancelAnimationFrame(frame);
  }, [wanted]);
  return popupRef;
}

/** The part of `Menu` that is loaded on first use. */
export default function MenuPopup(props: MenuPopupProps) {
  const t = useTranslations('common');
  const popupRef = useFirstItemFocus(props.open && props.byKeyboard);
  return (
    <Menu.Root open={props.open} onOpenChange={(open, details) => props.onOpenChange(open, details.event)}>
      <Menu.Portal container={layerRoot(t('layers'))}>
        <Menu.Positioner
          anchor={props.anchor}
          align={props.align}
          side={props.side}
          sideOffset={4}
          className="z-50 outline-none"
        >
          <Menu.Popup
            ref={popupRef}
            aria-labelledby={props.anchor.id}
            finalFocus={() => props.anchor}
            className={cn(popup, 'max-h-(--available-height) max-w-80 overflow-y-auto')}
          >
            {sectionsOf(props.items).map((section) => (
              <Menu.Group key={section.key} aria-label={section.heading ?? undefined}>
                {section.ruled && <Menu.Separator className="my-1 h-px bg-line" />}
                {section.heading && (
                  <div aria-hidden="true" className="truncate px-2 pt-1.5 pb-1 text-xs text-muted">
                    {section.heading}
                  </div>
                )}
                {section.rows.map((item) => (
                  <Row key={`${item.label}-${item.href ?? ''}`} item={item} />
                ))}
              </Menu.Group>
            ))}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
