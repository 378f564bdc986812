/** Where the public pages lead. */
export const LINKS = {
  signUp: '/sign-up',
  signIn: '/sign-in',
  pricing: '/pricing',
  api: '/docs/api',
} as const;
