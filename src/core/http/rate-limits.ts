import type { RateClass } from './rate-classes';

/** Requests per minute and caller (signed-in user, API key, or IP address for those without either). */
export const RATE_LIMITS: Record<RateClass, { perMinute: number }> = {
  read: { perMinute: 600 },
  write: { perMinute: 120 },
  ai: { perMinute: 30 },
  auth: { perMinute: 10 },
  publish: { perMinute: 60 },
  upload: { perMinute: 60 },
  /** At 3.9 MB a piece: about 300 Mbit/s. */
  uploadPiece: { perMinute: 600 },
  webhook: { perMinute: 600 },
  // A vendor sends for all its customers from a few addresses; what does not verify is counted as `forgery`.
  receive: { perMinute: 60_000 },
  forgery: { perMinute: 60 },
  cron: { perMinute: 60 },
  public: { perMinute: 60 },
  /** People behind one address follow what one of them was sent. */
  visit: { perMinute: 300 },
};
