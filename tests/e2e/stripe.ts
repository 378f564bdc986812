/** The second server of the browser tests: the same build, with a Stripe of its own in place of the sandbox checkout. */
const PORT = Number(process.env.E2E_PORT ?? 3200);

export const STRIPE_APP_PORT = PORT + 1;
export const STRIPE_PORT = PORT + 2;
export const stripeAppUrl = `http://localhost:${STRIPE_APP_PORT}`;
export const STRIPE_SECRET = 'whsec_of_the_browser_tests';
