import 'server-only';
import { isAlreadyExists } from '@/core/db/db';
import type { ScheduleRequest } from './schema';

/** People who take slots of one channel at the same moment: each round one of them gets theirs. */
const ROUNDS = 30;

/**
 * Runs what plans a post; a slot somebody else took meanwhile makes it look for the next one. Other schedules run once.
 * @throws what the last round threw.
 */
export async function withFreshTimes<T>(
  schedule: Pick<ScheduleRequest, 'mode'>,
  plan: () => Promise<T>,
): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await plan();
    } catch (error) {
      if (schedule.mode !== 'queue' || round === ROUNDS || !isAlreadyExists(error)) throw error;
    }
  }
}
