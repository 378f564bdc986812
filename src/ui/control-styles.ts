/** The box of every text-like control. 16 px text under a finger keeps iOS from zooming in. */
export const controlBox =
  'w-full min-w-0 rounded-md border border-edge bg-surface px-2.5 text-base text-ink transition-colors pointer-coarse:text-lg hover:border-muted focus-visible:border-iris focus-visible:outline-offset-0 disabled:cursor-not-allowed disabled:bg-sunken disabled:text-muted aria-invalid:border-danger';
