import { nanoid } from 'nanoid';
import type { ReactNode } from 'react';

export type ToastKind = 'message' | 'success' | 'info' | 'warning' | 'error';

export type ToastOptions = {
  /** A second line: what is safe, or what to do. */
  description?: ReactNode;
  /** One action, e.g. Undo. */
  action?: { label: string; onClick: () => void } | undefined;
  /** Milliseconds; errors stay until closed. */
  duration?: number | undefined;
  /** Replaces the toast of this id. */
  id?: string | undefined;
};

export type ToastRequest =
  | { type: 'show'; kind: ToastKind; id: string; title: ReactNode; options: ToastOptions }
  | { type: 'dismiss'; id: string | undefined };

type Listener = (request: ToastRequest) => void;

// The drawing library is loaded with the first toast, so requests wait here until it is there.
let listener: Listener | null = null;
const waiting: ToastRequest[] = [];

function send(request: ToastRequest) {
  if (listener) listener(request);
  else waiting.push(request);
}

/** Used by `Toaster` alone: takes over what waits and everything that follows. */
export function listenToToasts(next: Listener): () => void {
  listener = next;
  for (const request of waiting.splice(0)) next(request);
  return () => {
    if (listener === next) listener = null;
  };
}

function show(kind: ToastKind, title: ReactNode, options: ToastOptions = {}): string {
  const id = options.id ?? nanoid(10);
  send({ type: 'show', kind, id, title, options });
  return id;
}

/**
 * A short confirmation in the corner: `toast.success('Saved', { action: { label: 'Undo', onClick } })`.
 * Returns its id. What a person must read or act on belongs on the page instead.
 */
export const toast = Object.assign(
  (title: ReactNode, options?: ToastOptions) => show('message', title, options),
  {
    success: (title: ReactNode, options?: ToastOptions) => show('success', title, options),
    info: (title: ReactNode, options?: ToastOptions) => show('info', title, options),
    warning: (title: ReactNode, options?: ToastOptions) => show('warning', title, options),
    error: (title: ReactNode, options?: ToastOptions) => show('error', title, options),
    dismiss: (id?: string) => send({ type: 'dismiss', id }),
  },
);
