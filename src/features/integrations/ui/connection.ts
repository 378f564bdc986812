import type { DocOf } from '@/core/db/model';
import type { Tone } from '@/ui/badge';
import type { IntegrationStatus, integrationModel } from '../connections/schema';

export type Connection = DocOf<typeof integrationModel>;

export const STATUS_TONES: Record<IntegrationStatus, Tone> = {
  pending: 'info',
  active: 'ok',
  error: 'warn',
  reauth_required: 'danger',
  disconnected: 'neutral',
};
