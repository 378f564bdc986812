import { z } from 'zod';
import type { IntegrationType } from './schema';

/** What people choose for a connection beyond its account. A vendor that is not here has nothing to choose. */

const nothing = z.strictObject({});

export const SETTINGS: Partial<Record<IntegrationType, z.ZodType<Record<string, z.core.util.JSONType>>>> = {};

export function settingsSchemaOf(type: IntegrationType) {
  return SETTINGS[type] ?? nothing;
}
