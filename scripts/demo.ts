/** The demo organisation's login; it exists only on the emulators. */
export const DEMO = {
  email: 'demo@irisync.dev',
  password: 'iris-demo-2026',
  displayName: 'Robin Demo',
  organizationName: 'Fernhill Coffee',
};
