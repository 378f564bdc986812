import { ownDatabase, PublishingWorld } from '@tests/support/publishing';

ownDatabase('cron');

import { call } from '@tests/support/accounts';
import { describe, expect, it } from 'vitest';
import * as cronRoute from '@/app/api/cron/publish/route';

describe('/api/cron/publish', () => {
  it('wants the secret', async () => {
    expect((await call(cronRoute.GET, { path: '/api/cron/publish' })).status).toBe(401);
    const wrong = { authorization: 'Bearer guess' };
    expect((await call(cronRoute.POST, { path: '/api/cron/publish', headers: wrong })).status).toBe(401);
  });

  it('answers at once when nothing is due, by GET and by POST', async () => {
    for (const handler of [cronRoute.GET, cronRoute.POST]) {
      const started = Date.now();
      const answer = await call(handler, { path: '/api/cron/publish', as: { cron: true } });
      expect([answer.status, answer.json]).toMatchObject([200, { due: 0, claimed: 0, left: {}, errors: 0 }]);
      expect(Date.now() - started).toBeLessThan(5_000);
    }
  });

  it('works on what is due and on what becomes due meanwhile, and counts it', async () => {
    const world = await new PublishingWorld().start();
    // The product's own services run here, so the channel is one they do not know: the run is put before a person.
    const parts = world.build();
    await world.post(parts, { channels: [world.channel()] });
    await world.post(parts, { channels: [world.channel()], dueAt: new Date(Date.now() + 1_500) });
    const answer = await call(cronRoute.POST, { path: '/api/cron/publish', as: { cron: true } });
    expect(answer.json).toMatchObject({ due: 2, claimed: 2, left: { blocked: 2 }, errors: 0 });
    expect((await world.runs()).map((run) => run.blockedReason)).toEqual(['platform', 'platform']);
    await world.stop();
  });
});
