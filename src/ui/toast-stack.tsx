'use client';

import { CircleAlert, CircleCheck, CircleX, Info } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect } from 'react';
import { Toaster as Sonner, toast as sonner } from 'sonner';
import { listenToToasts, type ToastRequest } from './toast';

const ICONS = {
  success: <CircleCheck size={16} className="text-ok" />,
  info: <Info size={16} className="text-info" />,
  warning: <CircleAlert size={16} className="text-warn" />,
  error: <CircleX size={16} className="text-danger" />,
};

function perform(request: ToastRequest) {
  if (request.type === 'dismiss') {
    sonner.dismiss(request.id);
    return;
  }
  const { kind, id, title, options } = request;
  const { duration = kind === 'error' ? Number.POSITIVE_INFINITY : 5000, action, description } = options;
  const draw = kind === 'message' ? sonner.message : sonner[kind];
  draw(title, { id, duration, ...(description ? { description } : {}), ...(action ? { action } : {}) });
}

/** The part of `Toaster` that is loaded with the first toast. */
export default function ToastStack({ first }: { first: ToastRequest[] }) {
  const t = useTranslations('common');
  // Children's effects run first, so Sonner listens by the time this shows what waited.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `first` is what waited before loading, shown once
  useEffect(() => {
    first.forEach(perform);
    return listenToToasts(perform);
  }, []);
  return (
    <Sonner
      position="bottom-right"
      icons={ICONS}
      closeButton
      expand
      containerAriaLabel={t('notifications')}
      toastOptions={{
        unstyled: true,
        closeButtonAriaLabel: t('close'),
        classNames: {
          toast:
            'relative flex w-full items-start gap-2.5 rounded-lg bg-surface py-3 pr-9 pl-3.5 text-base text-ink shadow-float sm:w-89',
          icon: 'mt-0.5 shrink-0',
          content: 'grid min-w-0 flex-1 gap-0.5',
          title: 'font-medium',
          description: 'text-sm text-muted',
          actionButton:
            'h-7 shrink-0 rounded-md border border-line px-2 text-sm font-medium text-ink hover:bg-sunken',
          closeButton:
            'absolute top-2 right-2 flex size-6 items-center justify-center rounded-md text-muted hover:bg-sunken hover:text-ink',
        },
      }}
    />
  );
}
