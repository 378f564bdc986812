/** The names of the limits routes may ask for. Their figures stand in `rate-limits.ts`; nowhere else. */
export type RateClass =
  | 'read'
  | 'write'
  | 'ai'
  | 'auth'
  | 'publish'
  | 'upload'
  | 'uploadPiece'
  | 'webhook'
  | 'receive'
  | 'forgery'
  | 'cron'
  | 'public'
  | 'visit';
