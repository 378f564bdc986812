/** Why a secret is refused here although the vendor might take it. For people. */
export const BLOCKED_BY_AGE = 'Its key is older than your organisation allows.';
