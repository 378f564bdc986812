import type { Secret } from '../credentials/schema';

/** What goes into `Authorization: Bearer`, for vendors that take a grant and a key in the same way. */
export function bearerOf(secret: Secret): string {
  if (secret.type === 'oauth2') return secret.accessToken;
  return secret.type === 'api_key' ? secret.apiKey : '';
}

/** `Authorization: Basic` of an app's own id and secret. */
export function basicOf(id: string, secret: string): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}
