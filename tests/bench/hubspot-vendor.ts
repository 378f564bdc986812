import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { FakeHubSpot } from '@tests/fakes/hubspot';
import type { FakeRequest } from '@tests/fakes/platforms/server';
import { systemClock } from '@/core/time/clock';
import { contactOf } from './sync.data';

/** A HubSpot account in a process of its own: what it needs is no part of what is measured. */
export interface BenchHubSpot {
  url: string;
  clientId: string;
  clientSecret: string;
  apiKey: string;
  /** Changes the last name of so many contacts, spread over all of them. */
  edit(many: number): Promise<void>;
  /** How long it takes with every answer from now on. Milliseconds; at first it answers at once. */
  answerAfter(milliseconds: number): Promise<void>;
  stop(): void;
}

type Order = { edit: number } | { answerAfter: number };

type Started = Pick<BenchHubSpot, 'url' | 'clientId' | 'clientSecret' | 'apiKey'>;

class DistantHubSpot extends FakeHubSpot {
  milliseconds = 0;
  protected override async route(request: FakeRequest) {
    if (this.milliseconds > 0) await delay(this.milliseconds);
    return super.route(request);
  }
}

export async function startHubSpot(contacts: number): Promise<BenchHubSpot> {
  const child: ChildProcess = fork(fileURLToPath(import.meta.url), ['serve', String(contacts)], {
    // Holding every exchange against the vendor's description is the business of the contract tests.
    env: { ...process.env, CONTRACTS_DIR: '/nowhere' },
  });
  const [started] = (await once(child, 'message')) as [Started];
  const order = async (what: Order) => {
    child.send(what);
    await once(child, 'message');
  };
  return {
    ...started,
    edit: (many) => order({ edit: many }),
    answerAfter: (milliseconds) => order({ answerAfter: milliseconds }),
    stop: () => child.kill('SIGKILL'),
  };
}

async function serve(contacts: number): Promise<void> {
  const fake = new DistantHubSpot(systemClock);
  // Older than the look-back of a pass.
  const at = new Date(Date.now() - 3_600_000);
  const ids = Array.from({ length: contacts }, (_, index) => fake.add('contacts', contactOf(index), at).id);
  await fake.start();
  let edits = 0;
  process.on('message', (order: Order) => {
    if ('answerAfter' in order) fake.milliseconds = order.answerAfter;
    else {
      edits += 1;
      const step = Math.floor(ids.length / order.edit);
      for (let edited = 0; edited < order.edit; edited += 1)
        fake.edit('contacts', ids[edited * step] ?? '', { lastname: `Mayer${edits}` });
    }
    process.send?.({ done: true });
  });
  // It remembers what it was asked, for tests; nobody asks it here.
  setInterval(() => fake.log.splice(0), 1_000);
  const { url, clientId, clientSecret, apiKey } = fake;
  process.send?.({ url, clientId, clientSecret, apiKey } satisfies Started);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve(Number(process.argv[3]));
