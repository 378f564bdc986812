import { jobQueueConformance } from '@tests/support/job-conformance';
import { describe } from 'vitest';

describe('job queue in Firestore', () => {
  jobQueueConformance('firestore', () => null);
});
