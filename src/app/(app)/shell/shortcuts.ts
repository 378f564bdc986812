'use client';

import { useEffect, useRef } from 'react';

const CHORD_MS = 1200;
const OFF_KEY = 'irisync.shortcuts.off';

/** What a key press means, given the key pressed just before it (within 1.2 s). */
export function matchShortcut(
  shortcuts: readonly string[],
  before: string | null,
  key: string,
): { run: string } | { wait: string } | null {
  const chord = before ? `${before} ${key}` : null;
  if (chord && shortcuts.includes(chord)) return { run: chord };
  if (shortcuts.includes(key)) return { run: key };
  return shortcuts.some((shortcut) => shortcut.startsWith(`${key} `)) ? { wait: key } : null;
}

const TYPING = 'input, textarea, select, [contenteditable=""], [contenteditable="true"]';
const OVERLAY = '[role="dialog"], [role="alertdialog"], [role="menu"]';

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPING) !== null;
}

/** Single-key shortcuts can be turned off (WCAG 2.1.4); the choice stays on this device. */
export function shortcutsOff(): boolean {
  try {
    return window.localStorage.getItem(OFF_KEY) === '1';
  } catch {
    // Blocked storage: nothing was chosen, so they are on.
    return false;
  }
}

export function setShortcutsOff(off: boolean) {
  try {
    window.localStorage.setItem(OFF_KEY, off ? '1' : '0');
  } catch {
    // Blocked storage: the choice cannot be kept, and the switch shows that by springing back.
    return;
  }
}

/** Runs the action of a shortcut, e.g. `{ c: …, 'g d': … }`; never while someone types or a dialog is open. */
export function useShortcuts(actions: Readonly<Record<string, () => void>>) {
  const current = useRef(actions);
  useEffect(() => {
    current.current = actions;
  });
  useEffect(() => {
    let before: string | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const forget = () => {
      before = null;
    };
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (isTyping(event.target) || document.querySelector(OVERLAY) || shortcutsOff()) return;
      const match = matchShortcut(Object.keys(current.current), before, event.key.toLowerCase());
      clearTimeout(timer);
      before = null;
      if (!match) return;
      if ('run' in match) {
        event.preventDefault();
        current.current[match.run]?.();
        return;
      }
      before = match.wait;
      timer = setTimeout(forget, CHORD_MS);
    };
    window.addEventListener('keydown', press);
    return () => {
      window.removeEventListener('keydown', press);
      clearTimeout(timer);
    };
  }, []);
}
