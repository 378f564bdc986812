'use client';

import {
  cloneElement,
  type FocusEvent,
  lazy,
  type PointerEvent,
  type ReactElement,
  type ReactNode,
  Suspense,
  useEffect,
  useId,
  useRef,
  useState,
} from 'react';

// The popup and its positioning arrive with the first tooltip somebody asks for, not with the page.
const TooltipPopup = lazy(() => import('./tooltip-popup'));

const OPEN_DELAY_MS = 350;
const CLOSE_DELAY_MS = 80;

type TriggerProps = {
  'aria-describedby'?: string | undefined;
  onPointerEnter?: ((event: PointerEvent<HTMLElement>) => void) | undefined;
  onPointerLeave?: ((event: PointerEvent<HTMLElement>) => void) | undefined;
  onPointerDown?: ((event: PointerEvent<HTMLElement>) => void) | undefined;
  onFocus?: ((event: FocusEvent<HTMLElement>) => void) | undefined;
  onBlur?: ((event: FocusEvent<HTMLElement>) => void) | undefined;
};

export type TooltipProps = {
  content: ReactNode;
  /** One focusable element that takes props (a button or a link). */
  children: ReactElement;
  side?: 'top' | 'bottom' | 'left' | 'right' | undefined;
  shortcut?: string | undefined;
  /** False where the tooltip only repeats the control's own name. */
  describes?: boolean | undefined;
};

/** A short note on hover and on keyboard focus. Never the only place where something is said. */
export function Tooltip({ content, children, side = 'top', shortcut, describes = true }: TooltipProps) {
  const id = useId();
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const [open, setOpen] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  const schedule = (next: boolean, delay: number) => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setOpen(next), delay);
  };
  const show = (element: HTMLElement, delay: number) => {
    setAnchor(element);
    schedule(true, delay);
  };

  const child = children as ReactElement<TriggerProps>;
  const own = child.props;
  const trigger = cloneElement(child, {
    'aria-describedby': open && describes ? id : own['aria-describedby'],
    onPointerEnter: (event) => {
      own.onPointerEnter?.(event);
      if (event.pointerType === 'mouse') show(event.currentTarget, OPEN_DELAY_MS);
    },
    onPointerLeave: (event) => {
      own.onPointerLeave?.(event);
      schedule(false, CLOSE_DELAY_MS);
    },
    onPointerDown: (event) => {
      own.onPointerDown?.(event);
      schedule(false, 0);
    },
    onFocus: (event) => {
      own.onFocus?.(event);
      if (event.currentTarget.matches(':focus-visible')) show(event.currentTarget, 0);
    },
    onBlur: (event) => {
      own.onBlur?.(event);
      schedule(false, 0);
    },
  });

  return (
    <>
      {trigger}
      {anchor && (
        <Suspense>
          <TooltipPopup
            id={id}
            describes={describes}
            anchor={anchor}
            open={open}
            onOpenChange={setOpen}
            onHold={() => clearTimeout(timer.current)}
            side={side}
            shortcut={shortcut}
          >
            {content}
          </TooltipPopup>
        </Suspense>
      )}
    </>
  );
}
