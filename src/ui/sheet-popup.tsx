'use client';

import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { buttonStyles } from './button-styles';
import { cn } from './cn';
import { backdrop } from './overlay-styles';
import type { SheetProps } from './sheet';

const SIDE = {
  right:
    'inset-y-0 right-0 w-full sm:max-w-120 data-ending-style:translate-x-6 data-starting-style:translate-x-6',
  left: 'inset-y-0 left-0 w-full sm:max-w-120 data-ending-style:-translate-x-6 data-starting-style:-translate-x-6',
  bottom:
    'inset-x-0 bottom-0 max-h-[85dvh] rounded-t-lg data-ending-style:translate-y-6 data-starting-style:translate-y-6',
};

/** The part of `Sheet` that is loaded on first use. */
export default function SheetPopup(props: SheetProps) {
  const t = useTranslations('common');
  return (
    <Dialog.Root open={props.open} onOpenChange={(open) => props.onOpenChange(open)}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdrop} />
        <Dialog.Popup
          className={cn(
            'fixed z-50 flex flex-col bg-surface text-ink shadow-float outline-none transition-[opacity,translate] duration-150 ease-out data-ending-style:opacity-0 data-starting-style:opacity-0',
            SIDE[props.side ?? 'right'],
          )}
        >
          <div className="flex items-start justify-between gap-4 border-b border-line px-5 py-3.5">
            <div className="grid gap-1">
              <Dialog.Title className="text-lg font-semibold">{props.title}</Dialog.Title>
              {props.description && (
                <Dialog.Description className="text-sm text-muted">{props.description}</Dialog.Description>
              )}
            </div>
            <Dialog.Close
              aria-label={t('close')}
              className={cn(buttonStyles({ variant: 'ghost', size: 'sm', square: true }), '-mr-2')}
            >
              <X aria-hidden="true" />
            </Dialog.Close>
          </div>
          <div className="min-h-0 flex-1 overflow-y-auto p-5">{props.children}</div>
          {props.footer && (
            <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-5 py-3">
              {props.footer}
            </div>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
