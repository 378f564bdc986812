import type { DocOf } from '@/core/db/model';
import type { webhookRegistrationModel } from '../schema';

export type Endpoint = DocOf<typeof webhookRegistrationModel>;

export const ENDPOINT_TONES = { active: 'ok', failing: 'warn', disabled: 'danger' } as const;
