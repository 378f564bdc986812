/** The second server of the browser tests: the same build, with vendors of its own in place of the sandboxes. */
const PORT = Number(process.env.E2E_PORT ?? 3200);

export const VENDORS_APP_PORT = PORT + 1;
export const vendorsAppUrl = `http://localhost:${VENDORS_APP_PORT}`;

export const STRIPE_PORT = PORT + 2;
export const STRIPE_SECRET = 'whsec_of_the_browser_tests';

export const HUBSPOT_PORT = PORT + 3;
/** As the fake knows it. */
export const HUBSPOT_APP = { clientId: 'app-of-ours', clientSecret: 'the-secret-of-the-app-of-ours' };
