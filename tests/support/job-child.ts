import { z } from 'zod';
import { openQueue, type QueueAddress } from './job-queues';

/** A worker of its own that takes one job, says so, and then never ends it: to be killed. */
const address = JSON.parse(process.argv[2] ?? '{}') as QueueAddress;
const { queue, registry } = openQueue(address);
registry.register('crashes', z.object({ n: z.number() }), async ({ jobId, attempt }) => {
  process.stdout.write(`RUNNING ${jobId} ${attempt}\n`);
  await new Promise(() => undefined);
});
queue.start({ concurrency: 1 });
