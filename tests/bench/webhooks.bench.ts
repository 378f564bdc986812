import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { team } from '@tests/support/accounts';
import { startStripe, WEBHOOK_SECRET } from '@tests/support/billing';
import { POST as receive } from '@/app/api/webhooks/[target]/events/route';
import { POST as webhook } from '@/app/api/webhooks/stripe/route';
import { WebhookManagementService } from '@/features/integrations/inbound/registrations';
import { registerWebhookBody } from '@/features/integrations/inbound/schema';
import { core } from '@/server/core';
import { type BenchRow, ratioRow } from './harness';

/**
 * Receiving an event: verify its signature, keep it durably, answer 2xx, against the least that does so (an HMAC and one
 * create). The event is of a kind that asks for no further work, so that only the receiving is measured.
 */
const ROUNDS = 150;
const TARGET = 0.6;
const PATH = 'http://localhost/api/webhooks/stripe';

function signed(): { payload: string; signature: string } {
  const id = `evt_${randomUUID().replaceAll('-', '')}`;
  const created = Math.floor(Date.now() / 1_000);
  const object = {
    id: `in_${id}`,
    object: 'invoice',
    amount_due: 4_900,
    currency: 'eur',
    lines: { data: [] },
  };
  const payload = JSON.stringify({
    id,
    object: 'event',
    api_version: '2026-10-28',
    created,
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: null },
    type: 'invoice.marked_uncollectible_in_bench',
    data: { object },
  });
  const mac = createHmac('sha256', WEBHOOK_SECRET).update(`${created}.${payload}`).digest('hex');
  return { payload, signature: `t=${created},v1=${mac}` };
}

const requestOf = ({ payload, signature }: ReturnType<typeof signed>) =>
  new Request(PATH, {
    method: 'POST',
    body: payload,
    headers: {
      'content-type': 'application/json',
      'stripe-signature': signature,
      'x-forwarded-for': `203.0.113.${Math.floor(Math.random() * 250)}`,
    },
  });

/** The least a receiver must do. */
async function bare(request: Request): Promise<Response> {
  const payload = await request.text();
  const parts = /t=(\d+),v1=([0-9a-f]+)/.exec(request.headers.get('stripe-signature') ?? '');
  const mac = createHmac('sha256', WEBHOOK_SECRET).update(`${parts?.[1]}.${payload}`).digest();
  if (!timingSafeEqual(mac, Buffer.from(parts?.[2] ?? '', 'hex'))) return new Response(null, { status: 400 });
  const { id } = JSON.parse(payload) as { id: string };
  await core.db.firestore.collection('bench_events').doc(id).create({ payload, at: new Date() });
  return Response.json({ received: true });
}

/**
 * What a delivery leads to is done in this process as soon as it was answered, and by other processes elsewhere: neither way is
 * measured while that goes on.
 */
const QUIET_MS = 100;

async function taken(answer: Response): Promise<void> {
  if (answer.status !== 200)
    throw new Error(`The event was answered ${answer.status}: ${await answer.text()}`);
  await answer.text();
}

/** A delivery to an address of an organisation, signed as Stripe signs. */
async function receiving(): Promise<() => Promise<void>> {
  const { organizationId, owner } = await team();
  const actor = {
    ...{ userId: owner.uid, organizationId, channelIds: [] },
    role: 'owner' as const,
    permissions: new Set<string>(),
  };
  const body = registerWebhookBody.parse({ providerId: 'stripe', secret: WEBHOOK_SECRET });
  const { id } = await WebhookManagementService.getInstance().register(actor, body);
  const params = Promise.resolve({ target: id });
  return async () => taken(await receive(requestOf(signed()), { params }));
}

export async function run(): Promise<BenchRow[]> {
  const fake = await startStripe();
  try {
    const rows = [
      {
        name: 'webhook: receive → verify → keep → 2xx, rate ÷ bare handler’s (HMAC + one create)',
        measured: async () => taken(await webhook(requestOf(signed()), { params: Promise.resolve({}) })),
      },
      {
        name: 'webhook of an organisation: receive → verify → keep with its job → 2xx, rate ÷ bare handler’s',
        measured: await receiving(),
      },
    ];
    const out: BenchRow[] = [];
    for (const row of rows) {
      const baseline = async () => taken(await bare(requestOf(signed())));
      const ratio = await ratioRow({
        ...row,
        target: TARGET,
        rounds: ROUNDS,
        baseline,
        before: () => delay(QUIET_MS),
      });
      const value = 1 / ratio.value;
      out.push({ ...ratio, value, better: 'higher', pass: value >= TARGET });
    }
    return out;
  } finally {
    await fake.stop();
  }
}
