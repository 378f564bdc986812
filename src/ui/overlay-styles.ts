/** Classes shared by what floats above the page. */
export const backdrop =
  'fixed inset-0 z-50 bg-scrim transition-opacity duration-150 data-ending-style:opacity-0 data-starting-style:opacity-0';

export const popup =
  'min-w-44 rounded-lg bg-surface p-1 text-ink shadow-float outline-none origin-(--transform-origin) transition-[opacity,scale] duration-100 ease-out data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0';

export const popupItem =
  'flex h-8 w-full cursor-default items-center gap-2 rounded-md px-2 text-base outline-none select-none data-highlighted:bg-ink/6 data-disabled:text-muted data-disabled:opacity-60 pointer-coarse:h-10 [&_svg]:size-4 [&_svg]:shrink-0';
