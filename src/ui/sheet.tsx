'use client';

import { lazy, type ReactNode, Suspense, useState } from 'react';

const SheetPopup = lazy(() => import('./sheet-popup'));

export type SheetProps = {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: ReactNode;
  description?: ReactNode;
  children?: ReactNode;
  footer?: ReactNode;
  /** The edge it comes from. On phones `right` and `left` fill the width. */
  side?: 'right' | 'left' | 'bottom' | undefined;
};

/** A panel from the edge for the detail of something while the list stays behind it. */
export function Sheet(props: SheetProps) {
  const [used, setUsed] = useState(props.open);
  if (props.open && !used) setUsed(true);
  if (!used) return null;
  return (
    <Suspense>
      <SheetPopup {...props} />
    </Suspense>
  );
}
