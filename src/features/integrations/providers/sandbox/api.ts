import 'server-only';
import { z } from 'zod';
import type { SandboxCrm } from '../../sandbox/crm';
import type { VendorDependencies } from '../deps';
import { type VendorAnswer, type VendorCall, VendorHttp } from '../http';
import type { VendorSession } from '../types';
import { IN_PROCESS, inProcess } from './transport';

const CALL_MS = 15_000;

export interface SandboxCrmCall extends Pick<VendorCall, 'method' | 'json' | 'idempotent'> {
  path: string;
  query?: Record<string, string | undefined>;
}

const said = z.object({ error: z.string(), message: z.string() });

/** All calls to the sandbox CRM. */
export class SandboxCrmApi extends VendorHttp {
  constructor(deps: VendorDependencies, crm: SandboxCrm) {
    super(
      {
        type: 'sandbox_crm',
        name: 'The sandbox CRM',
        callMs: CALL_MS,
        classify: ({ body }) => {
          const told = said.safeParse(body).data;
          return told ? { vendorCode: told.error, said: told.message } : {};
        },
      },
      { ...deps, http: inProcess(crm) },
    );
  }

  authorized(session: VendorSession, call: SandboxCrmCall): Promise<VendorAnswer> {
    return this.withSecret(session, (secret) => {
      const token = secret.type === 'oauth2' ? secret.accessToken : '';
      return this.call(session.owner, call, { token, signal: session.signal });
    });
  }

  call(
    owner: string,
    { path, query = {}, ...call }: SandboxCrmCall,
    more: Pick<VendorCall, 'token' | 'signal'>,
  ): Promise<VendorAnswer> {
    const url = new URL(path, IN_PROCESS);
    for (const [name, value] of Object.entries(query))
      if (value !== undefined) url.searchParams.set(name, value);
    return this.send(owner, { ...call, ...more, url: url.href });
  }
}
