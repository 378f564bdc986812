/** Where the browser tests run what stands for vendors, and the second server: the same build with a payment provider. */
const PORT = Number(process.env.E2E_PORT ?? 3200);

export const STRIPE_APP_PORT = PORT + 1;
export const stripeAppUrl = `http://localhost:${STRIPE_APP_PORT}`;

export const STRIPE_PORT = PORT + 2;
export const STRIPE_SECRET = 'whsec_of_the_browser_tests';

export const HUBSPOT_PORT = PORT + 3;
/** As the fake knows it. */
export const HUBSPOT_APP = { clientId: 'app-of-ours', clientSecret: 'the-secret-of-the-app-of-ours' };
