/** Keys of everything fetched about AI start so; a new call makes what is on the screen ask again. */
export const aiKey = (organizationId: string, ...rest: readonly unknown[]) =>
  ['ai', organizationId, ...rest] as const;
