'use client';

import { lazy, Suspense, useEffect, useState } from 'react';
import { listenToToasts, type ToastRequest } from './toast';

const ToastStack = lazy(() => import('./toast-stack'));

/** Where toasts appear. The app shell renders it once. */
export function Toaster() {
  const [first, setFirst] = useState<ToastRequest[]>([]);
  const needed = first.length > 0;
  useEffect(() => {
    if (needed) return;
    // Collects until the stack is loaded; the stack then listens itself.
    return listenToToasts((request) => setFirst((requests) => [...requests, request]));
  }, [needed]);
  if (!needed) return null;
  return (
    <Suspense>
      <ToastStack first={first} />
    </Suspense>
  );
}
