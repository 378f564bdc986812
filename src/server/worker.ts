import 'server-only';
import { CronService } from '@/core/jobs/cron';
import { logger } from '@/core/telemetry/logger';
import { core } from './core';
import './services';

/**
 * Runs jobs as they come due and the scheduled tasks on their schedules, until the returned function is called; that one
 * waits for what is under way.
 */
export function startWorker(): () => Promise<void> {
  core.jobs.start();
  CronService.getInstance().start();
  logger.info({ queue: core.jobs.driver }, 'worker started');
  return async () => {
    await Promise.all([core.jobs.stop(), CronService.getInstance().stop()]);
    logger.info('worker stopped');
  };
}
