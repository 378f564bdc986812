import 'server-only';
import { provide, singleton } from '@/core/singletons';
import type { IntegrationConnector } from '@/features/integrations/connections/connector';
import type { IntegrationRepository } from '@/features/integrations/connections/repository';
import type { CredentialRepository } from '@/features/integrations/credentials/repository';
import { CredentialRotation } from '@/features/integrations/credentials/rotation';
import { DeadLetterService } from '@/features/integrations/dead-letters/service';
import { LimitAlerts } from '@/features/integrations/limits/alerts';
import { CallGate } from '@/features/integrations/limits/gate';
import { IntegrationRateLimiter } from '@/features/integrations/limits/limiter';
import { CallQueue } from '@/features/integrations/limits/queue';
import { RateLimitRepository } from '@/features/integrations/limits/repository';
import { RateLimitService } from '@/features/integrations/limits/service';
import { CallSubjects } from '@/features/integrations/limits/subjects';
import { AuditLog } from '@/features/organizations/audit';
import { core } from '../core';

/** How often connections call their vendors. */
const integrations = () => singleton<IntegrationRepository>('IntegrationRepository');
const repository = () => singleton<RateLimitRepository>('RateLimitRepository');
const limiter = () => singleton<IntegrationRateLimiter>('IntegrationRateLimiter');
const subjects = () => singleton<CallSubjects>('CallSubjects');

provide('RateLimitRepository', () => new RateLimitRepository(core.db));
provide(
  'IntegrationRateLimiter',
  () =>
    new IntegrationRateLimiter({
      redis: core.redis,
      instances: core.env.APP_INSTANCES,
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'CallSubjects',
  () => new CallSubjects({ integration: (id) => integrations().find(id), repository: repository() }),
);
provide(
  'CallGate',
  () =>
    new CallGate({
      limiter: limiter(),
      queue: new CallQueue(core.clock),
      subject: (id) => subjects().of(id),
      alerts: new LimitAlerts({
        tell: (alert) => RateLimitService.getInstance().tell(alert),
        clock: core.clock,
      }),
      clock: core.clock,
      ids: core.ids,
    }),
);
provide(
  'RateLimitService',
  () =>
    new RateLimitService({
      repository: repository(),
      integrations: integrations(),
      limiter: limiter(),
      subjects: subjects(),
      audit: AuditLog.getInstance(),
      outbox: core.outbox,
      clock: core.clock,
    }),
);

// How old secrets may grow ----------------------------------------------------------------------------------------------------

provide(
  'CredentialRotation',
  () =>
    new CredentialRotation({
      repository: singleton<CredentialRepository>('CredentialRepository'),
      integrations: integrations(),
      onRefused: (tx, credential, reason) =>
        singleton<IntegrationConnector>('IntegrationConnector').needsReauthIn(tx, credential, reason),
      audit: AuditLog.getInstance(),
      outbox: core.outbox,
      clock: core.clock,
    }),
);
core.cron.on('credential-refresh', 'integrations.rotation', ({ until, signal }) =>
  CredentialRotation.getInstance().upkeep(() => !signal.aborted && core.clock.now() < until),
);

// Work that failed for good ---------------------------------------------------------------------------------------------------

provide(
  'DeadLetterService',
  () =>
    new DeadLetterService({
      letters: core.deadLetters,
      jobs: core.jobs,
      audit: AuditLog.getInstance(),
      run: (work) => core.db.run(work),
    }),
);
