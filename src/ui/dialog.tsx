'use client';

import { lazy, type ReactNode, Suspense, useState } from 'react';

// Focus trap, scroll lock and backdrop are loaded with the first dialog that opens.
const DialogPopup = lazy(() => import('./dialog-popup'));

export type DialogProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  /** Buttons, the primary one last. */
  footer?: ReactNode;
  /** 400, 560 or 800 px wide at most; always the whole width on phones. */
  size?: 'sm' | 'md' | 'lg' | undefined;
  /** Hides title and close button from sight where the content shows its own (command palette). */
  bare?: boolean | undefined;
};

/** A modal dialog: focus stays inside, Escape closes, focus returns to where it was. */
export function Dialog(props: DialogProps) {
  const [used, setUsed] = useState(props.open);
  if (props.open && !used) setUsed(true);
  if (!used) return null;
  return (
    <Suspense>
      <DialogPopup {...props} />
    </Suspense>
  );
}
