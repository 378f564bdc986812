import { randomUUID } from 'node:crypto';
import { ownerWith, tokenService } from '@tests/support/tokens';
import { core } from '@/server/core';

/**
 * What an operation costs beyond Firestore itself: reserve + settle against two bare transactions (read one document, write it),
 * interleaved on one emulator. Run it alone:
 *
 *   npm run emulators -- -- npx tsx --conditions=react-server tests/bench/tokens.bench.ts
 */
export interface BenchRow {
  name: string;
  unit: 'ratio';
  value: number;
  target: number;
  pass: boolean;
  facts: Record<string, number>;
}

const ROUNDS = 300;
const WARM_UP = 40;

export async function run(): Promise<BenchRow[]> {
  const service = tokenService();
  const owner = await ownerWith(service, 1_000_000);
  const bare = core.db.firestore.doc(`bench/${randomUUID()}`);
  await bare.set({ count: 0 });
  const transaction = () =>
    core.db.firestore.runTransaction(async (tx) => {
      const read = await tx.get(bare);
      tx.update(bare, { count: Number(read.get('count')) + 1 });
    });
  const operations = {
    bare: async () => {
      await transaction();
      await transaction();
    },
    ledger: async () => {
      const requestId = `bench-${randomUUID()}`;
      await service.reserve(requestId, owner, 3, 'long_form');
      await service.settle(requestId, 2, { provider: 'sandbox', model: 'bench' });
    },
  };
  const times = { bare: [] as number[], ledger: [] as number[] };
  for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
    const order = round % 2 === 0 ? (['bare', 'ledger'] as const) : (['ledger', 'bare'] as const);
    for (const name of order) {
      const started = performance.now();
      await operations[name]();
      if (round >= WARM_UP) times[name].push(performance.now() - started);
    }
  }
  await bare.delete();
  const [baseline, measured] = [median(times.bare), median(times.ledger)];
  const value = measured / baseline;
  return [
    {
      name: 'token reserve + settle ÷ two bare transactions (p50)',
      unit: 'ratio',
      value,
      target: 1.3,
      pass: value <= 1.3,
      facts: { baselineMs: baseline, measuredMs: measured, rounds: ROUNDS },
    },
  ];
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

if (process.argv[1]?.endsWith('tokens.bench.ts')) {
  const rows = await run();
  console.log(JSON.stringify(rows, null, 2));
  process.exit(rows.every((row) => row.pass) ? 0 : 1);
}
