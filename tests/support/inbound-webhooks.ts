import { call, type Person } from '@tests/support/accounts';
import { expect } from 'vitest';
import { POST as receive } from '@/app/api/webhooks/[target]/events/route';
import { POST as register } from '@/app/api/webhooks/route';
import type { JobRequest } from '@/core/jobs/job-queue';
import { FixedClock } from '@/core/time/clock';
import { WebhookReceiver } from '@/features/integrations/inbound/receiver';
import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { InboundRepository } from '@/features/integrations/inbound/repository';
import {
  type CreatedInboundView,
  inboundAuditModel,
  inboundEventModel,
} from '@/features/integrations/inbound/schema';
import { core } from '@/server/core';
import { mac } from './webhook-senders';

/** Who registers a webhook, and where. */
export interface Registrar {
  as: Person;
  organizationId: string;
}

/** Registers a webhook. @param body e.g. `{ providerId: 'github' }`. */
export async function opened(who: Registrar, body: Record<string, unknown>): Promise<CreatedInboundView> {
  const answer = await call<CreatedInboundView>(register, { path: '/api/webhooks', body, ...who });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  return answer.json;
}

/** Headers as GitHub signs them. */
export const gitHubHeaders = (text: string | Uint8Array, secret: string, delivery = 'd-1') => ({
  'x-hub-signature-256': `sha256=${mac(secret, text)}`,
  'x-github-delivery': delivery,
  'x-github-event': 'issues',
});

/** @param target the id, or what stands in the address. */
export const send = (
  target: string,
  raw: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
) => call(receive, { path: `/api/webhooks/${target}/events`, raw, headers });

export const eventsOf = (registrationId: string) =>
  core.db.find(core.db.collection(inboundEventModel).where('registrationId', '==', registrationId));
export const auditOf = (registrationId: string) =>
  core.db.find(core.db.collection(inboundAuditModel).where('registrationId', '==', registrationId));
/** @returns how many jobs work on that event. */
export async function jobsOf(eventId: string): Promise<number> {
  const payload = JSON.stringify({ eventId });
  return (await core.db.firestore.collection('jobs').where('payload', '==', payload).get()).size;
}

class UnwritableRepository extends InboundRepository {
  override keep(): Promise<boolean> {
    return Promise.reject(Object.assign(new Error('UNAVAILABLE'), { code: 14, details: 'away' }));
  }
}

/** The receiver as it is while the store cannot be written. */
export const receiverWithoutStore = () =>
  new WebhookReceiver({
    ...WebhookReceiver.getInstance().deps,
    repository: new UnwritableRepository(core.db),
  });

/** The product's own services with a clock that tests move, and a queue that only remembers. */
export function inboundAt(start: string, { as, organizationId }: Registrar) {
  const clock = new FixedClock(start);
  const queue: JobRequest[] = [];
  const jobs = {
    /** Lost at once. */
    enqueueIn: async () => ({ jobId: 'job', created: true }),
    async enqueue(request: JobRequest) {
      const created = !queue.some(({ idempotencyKey }) => idempotencyKey === request.idempotencyKey);
      if (created) queue.push(request);
      return { jobId: 'job', created };
    },
  };
  const receiver = new WebhookReceiver({ ...WebhookReceiver.getInstance().deps, clock, jobs });
  const forget = (id: string) => receiver.forget(id);
  const management = new WebhookManagementService({
    ...WebhookManagementService.getInstance().deps,
    clock,
    jobs,
    forget,
  });
  const actor = {
    userId: as.uid,
    organizationId,
    role: 'admin' as const,
    permissions: new Set<string>(),
    channelIds: [],
  };
  const deliver = (id: string, text: string, headers: Record<string, string>) =>
    receiver.receive(
      id,
      new Request(`http://localhost:3000/api/webhooks/${id}/events`, { method: 'POST', headers }),
      Buffer.from(text),
    );
  return { clock, queue, jobs, receiver, management, actor, deliver };
}
