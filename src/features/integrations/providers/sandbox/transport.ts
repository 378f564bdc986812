import 'server-only';
import type { SandboxCrm } from '../../sandbox/crm';
import type { VendorTransport } from '../deps';

/** Base address of calls that stay inside the process. Never resolved. */
export const IN_PROCESS = 'https://sandbox-crm.invalid';

/** Calls the sandbox CRM without leaving the process: app and worker need no address of each other. */
export function inProcess(crm: SandboxCrm): VendorTransport {
  return {
    async request({ url: address, method = 'GET', headers = {}, body, signal }) {
      signal?.throwIfAborted();
      const url = new URL(address);
      const answer = await crm.handle({
        method,
        path: url.pathname,
        query: url.searchParams,
        authorization: headers.authorization ?? null,
        json: typeof body === 'string' ? JSON.parse(body) : null,
      });
      const text = JSON.stringify(answer.body);
      return {
        status: answer.status,
        ok: answer.status >= 200 && answer.status < 300,
        headers: new Headers({ 'content-type': 'application/json' }),
        text: async () => text,
      };
    },
  };
}
