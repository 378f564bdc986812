'use client';

import { Tooltip } from '@base-ui/react/tooltip';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Kbd } from './kbd';
import { layerRoot } from './layer-root';

type TooltipPopupProps = {
  id: string;
  describes: boolean;
  anchor: HTMLElement;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onHold: () => void;
  side: 'top' | 'bottom' | 'left' | 'right';
  shortcut?: string | undefined;
  children: ReactNode;
};

/** The part of `Tooltip` that is loaded on first use. */
export default function TooltipPopup(props: TooltipPopupProps) {
  const t = useTranslations('common');
  return (
    <Tooltip.Root open={props.open} onOpenChange={props.onOpenChange}>
      <Tooltip.Portal container={layerRoot(t('layers'))}>
        <Tooltip.Positioner anchor={props.anchor} side={props.side} sideOffset={6} className="z-60">
          <Tooltip.Popup
            id={props.id}
            role="tooltip"
            // A repeated name is for eyes only: screen readers have said it already.
            aria-hidden={props.describes ? undefined : true}
            onPointerEnter={props.onHold}
            onPointerLeave={() => props.onOpenChange(false)}
            className="flex max-w-64 items-center gap-2 rounded-md bg-ink px-2 py-1 text-xs text-background shadow-float transition-opacity duration-100 data-ending-style:opacity-0 data-starting-style:opacity-0"
          >
            {props.children}
            {props.shortcut && <Kbd className="border-background/30 text-background">{props.shortcut}</Kbd>}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
