import 'server-only';
import { CronService } from '@/core/jobs/cron';
import { logger } from '@/core/telemetry/logger';
import { ChangeSubscriber } from '@/features/integrations/changes/subscriber';
import { core } from './core';
import './services';
import { newDispatcher } from './services/publishing';

/**
 * Publishes posts at their instant, runs jobs as they come due and the scheduled tasks on their schedules, and listens to vendors'
 * changes, until the returned function is called; that one waits for what is under way.
 */
export function startWorker(): () => Promise<void> {
  core.jobs.start();
  const dispatcher = newDispatcher();
  const turning = dispatcher.turn();
  turning.catch((error: unknown) => logger.fatal({ err: error }, 'the publishing loop ended'));
  CronService.getInstance().start();
  ChangeSubscriber.getInstance().start();
  logger.info({ queue: core.jobs.driver }, 'worker started');
  return async () => {
    dispatcher.stop();
    await Promise.all([
      core.jobs.stop(),
      CronService.getInstance().stop(),
      ChangeSubscriber.getInstance().stop(),
      turning,
    ]);
    logger.info('worker stopped');
  };
}
