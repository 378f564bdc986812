'use client';

import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { buttonStyles } from './button-styles';
import { cn } from './cn';
import type { DialogProps } from './dialog';
import { backdrop } from './overlay-styles';

const WIDTH = { sm: 'sm:max-w-100', md: 'sm:max-w-140', lg: 'sm:max-w-200' };

/** The part of `Dialog` that is loaded on first use. */
export default function DialogPopup(props: DialogProps) {
  const t = useTranslations('common');
  const { bare = false, size = 'md' } = props;
  return (
    <Dialog.Root open={props.open} onOpenChange={(open) => props.onOpenChange(open)}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdrop} />
        <Dialog.Viewport className="fixed inset-0 z-50 flex items-end justify-center sm:items-start sm:px-4 sm:pt-[12vh] sm:pb-8">
          <Dialog.Popup
            className={cn(
              'flex max-h-[90dvh] w-full flex-col overflow-hidden rounded-t-lg bg-surface text-ink shadow-float outline-none transition-[opacity,translate] duration-150 ease-out data-ending-style:translate-y-2 data-ending-style:opacity-0 data-starting-style:translate-y-2 data-starting-style:opacity-0 sm:max-h-full sm:rounded-lg',
              WIDTH[size],
            )}
          >
            <div className={cn('flex items-start justify-between gap-4 px-5 pt-4 pb-3', bare && 'sr-only')}>
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
            {props.children !== undefined && (
              <div className={cn('min-h-0 overflow-y-auto', !bare && 'px-5 pb-5')}>{props.children}</div>
            )}
            {props.footer && (
              <div className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-5 py-3">
                {props.footer}
              </div>
            )}
          </Dialog.Popup>
        </Dialog.Viewport>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
