import type { DocOf } from '@/core/db/model';
import type { crmConnectionModel } from '@/features/crm/schema';
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

export type CrmConnection = DocOf<typeof crmConnectionModel>;

export const RESULT_TONES: Record<'success' | 'partial' | 'failed', Tone> = {
  success: 'ok',
  partial: 'warn',
  failed: 'danger',
};
