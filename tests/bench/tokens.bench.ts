import { randomUUID } from 'node:crypto';
import { ownerWith, tokenService } from '@tests/support/tokens';
import { core } from '@/server/core';
import { type BenchRow, ratioRow } from './harness';

/** What an operation costs beyond Firestore itself: reserve + settle against two bare transactions (read a document, write it). */
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
  const row = await ratioRow({
    name: 'token reserve + settle ÷ two bare transactions (p50)',
    target: 1.3,
    rounds: 300,
    warmUp: 40,
    baseline: async () => {
      await transaction();
      await transaction();
    },
    measured: async () => {
      const requestId = `bench-${randomUUID()}`;
      await service.reserve(requestId, owner, 3, 'long_form');
      await service.settle(requestId, 2, { provider: 'sandbox', model: 'bench' });
    },
  });
  await bare.delete();
  return [row];
}
