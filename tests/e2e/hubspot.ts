import { FakeHubSpot } from '@tests/fakes/hubspot';
import type { FakeAnswer, FakeRequest } from '@tests/fakes/platforms/server';

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** HubSpot as a browser meets it: its consent page asks before it says yes. */
export class HubSpotWithConsent extends FakeHubSpot {
  protected override async route(request: FakeRequest): Promise<FakeAnswer> {
    if (request.path !== '/oauth/authorize' || request.query.has('allow')) return super.route(request);
    const allow = `${this.url}/oauth/authorize?${request.query}&allow=yes`;
    const deny = new URL(request.query.get('redirect_uri') ?? this.url);
    deny.searchParams.set('error', 'access_denied');
    deny.searchParams.set('state', request.query.get('state') ?? '');
    return {
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
      raw: `<!doctype html><html lang="en"><title>Connect to HubSpot</title><main>
        <h1>IriSync asks for your records</h1>
        <p>${escaped(request.query.get('scope') ?? '')}</p>
        <a href="${escaped(allow)}">Connect app</a> <a href="${escaped(deny.href)}">Cancel</a></main></html>`,
    };
  }
}
