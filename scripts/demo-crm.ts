import { setTimeout as delay } from 'node:timers/promises';
import type { Actor } from '../src/core/auth/principal';
import { CRMService } from '../src/features/crm/service';
import { IntegrationConnectionService } from '../src/features/integrations/connections/service';
import { SandboxCrmService } from '../src/features/integrations/sandbox/service';
import { SyncTaskService } from '../src/features/integrations/sync/service';
import { SandboxService } from '../src/features/platforms/sandbox/service';
import { core } from '../src/server/core';

/** The demo organisation's CRM: the sandbox CRM with its practice records, synced, with a past and one decision to make. */
const TOUCHES: readonly { who: string; kind: string; text: string; hoursAgo: number }[] = [
  { who: 'Freya', kind: 'comment', text: 'Asked under the Sidama post for whole beans.', hoursAgo: 50 },
  { who: 'Freya', kind: 'call', text: 'Wants a tasting for eight people in January.', hoursAgo: 26 },
  { who: 'Luca', kind: 'email_opened', text: 'Opened the offer for the conference season.', hoursAgo: 20 },
  { who: 'Priya', kind: 'note', text: 'Prefers to hear from us on Mondays.', hoursAgo: 3 },
];
/** Whose job title both sides change, differently. */
const DISPUTED = { who: 'Mei', there: 'Head of brand', here: 'Brand director' };
const SETTLE_TRIES = 300;
const SETTLE_MS = 100;

/** @param handle the sandbox name that the account belongs to. @returns the integration's id. */
export async function makeCrm(actor: Actor, handle: string): Promise<string> {
  const id = await connect(actor, handle);
  await settled(actor, id, new Date(0));
  for (const { who, kind, text, hoursAgo } of TOUCHES) {
    const at = new Date(core.clock.now().getTime() - hoursAgo * 3_600_000);
    await CRMService.getInstance().updateLeadActivity(actor, (await contact(actor, who)).id, {
      kind,
      text,
      at,
    });
  }
  await dispute(actor);
  const before = core.clock.now();
  await SyncTaskService.getInstance().start(actor, id, {
    ...{ mode: 'bidirectional', full: false, dryRun: false, confirmDeletes: false },
  });
  await settled(actor, id, before);
  return id;
}

/** Over the consent page, which is answered in the person's stead. */
async function connect(actor: Actor, handle: string): Promise<string> {
  const connections = IntegrationConnectionService.getInstance();
  const begun = await connections.connect(actor, 'sandbox_crm', { redirectTo: '/integrations' });
  if (!('authorizationUrl' in begun)) throw new Error('The sandbox CRM has no consent page.');
  const back = await SandboxService.getInstance().consentFor(actor.userId, handle, begun.authorizationUrl);
  const query = new URL(back.redirectTo).searchParams;
  const { redirectTo } = await connections.callback('sandbox_crm', actor.userId, {
    state: query.get('state') ?? '',
    code: query.get('code') ?? '',
  });
  const id = new URL(redirectTo, 'http://localhost').searchParams.get('connected');
  if (!id) throw new Error(`The sandbox CRM was not connected: ${redirectTo}`);
  return id;
}

/** There first, then here: what brings it there meets both, and asks. */
async function dispute(actor: Actor): Promise<void> {
  const { id, externalId, version } = await contact(actor, DISPUTED.who);
  await SandboxCrmService.getInstance().change(actor.userId, externalId, { job_title: DISPUTED.there });
  await CRMService.getInstance().edit(actor, id, version, { fields: { jobTitle: DISPUTED.here } });
  await until(async () => (await CRMService.getInstance().get(actor.organizationId, id)).sync === 'conflict');
}

async function contact(actor: Actor, q: string) {
  const { items } = await CRMService.getInstance().contacts(actor.organizationId, { q, limit: 1 });
  const [found] = items;
  if (!found) throw new Error(`The sandbox CRM has no contact called ${q}.`);
  return found;
}

/** Until a sync that began after `since` has ended, and what hears of it has heard. */
function settled(actor: Actor, id: string, since: Date): Promise<void> {
  return until(async () => {
    const connection = await SyncTaskService.getInstance().connection(actor.organizationId, id);
    const { taskId, lastSyncAt, counters } = connection;
    return taskId === null && lastSyncAt !== null && lastSyncAt >= since && counters !== null;
  });
}

/** Does what waits to be done until `reached`. */
async function until(reached: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < SETTLE_TRIES; tries += 1) {
    await core.outbox.sweep();
    await core.jobs.drain({ until: new Date(core.clock.now().getTime() + 20_000), limit: 100 });
    if (await reached()) return;
    await delay(SETTLE_MS);
  }
  throw new Error('The sandbox CRM did not finish syncing.');
}
