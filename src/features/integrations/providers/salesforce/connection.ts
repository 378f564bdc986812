import 'server-only';
import { PassThrough } from 'node:stream';
import { Connection } from 'jsforce/lib/connection.js';
import { Transport } from 'jsforce/lib/transport.js';
import type { HttpRequest, HttpResponse } from 'jsforce/lib/types/common.js';
import { StreamPromise } from 'jsforce/lib/util/promise.js';
import type { VendorAnswer } from '../http';
import type { SalesforceCall } from './api';

/** jsforce wants a host at once; which it is is decided when a call is made, because a renewal may move an organisation. */
const NO_HOST = 'https://salesforce.invalid';

type Send = (call: Pick<SalesforceCall, 'method' | 'path' | 'body' | 'idempotent'>) => Promise<VendorAnswer>;

/** Loaded with the first call: jsforce brings a whole HTTP client along, which is never used here. */
export function connectionOver(send: Send, version: string): Connection {
  const connection = new Connection({ instanceUrl: NO_HOST, loginUrl: NO_HOST, version });
  connection._transport = new SessionTransport(send);
  return connection;
}

/** Hands jsforce's requests on; what fails is thrown past it, classified. */
class SessionTransport extends Transport {
  constructor(readonly send: Send) {
    super();
  }

  override httpRequest(request: HttpRequest): StreamPromise<HttpResponse> {
    return StreamPromise.create(() => ({ stream: new PassThrough(), promise: this.#sent(request) }));
  }

  async #sent({ url, method, body }: HttpRequest): Promise<HttpResponse> {
    const { pathname, search } = new URL(url);
    const answer = await this.send({
      method,
      path: `${pathname}${search}`,
      ...(typeof body === 'string' ? { body } : {}),
      idempotent: method === 'GET',
    });
    return { statusCode: answer.status, headers: Object.fromEntries(answer.headers), body: answer.text };
  }
}
