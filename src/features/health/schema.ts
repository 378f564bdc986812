import { z } from 'zod';

export const healthState = z.enum(['healthy', 'degraded', 'unhealthy']);
export type HealthState = z.output<typeof healthState>;

export const livenessSchema = z.object({
  status: z.literal('healthy'),
  version: z.string(),
  uptimeSeconds: z.number(),
});
export type Liveness = z.output<typeof livenessSchema>;

export const serviceHealthSchema = z.object({
  status: healthState,
  /** How long the check took. */
  milliseconds: z.number(),
  /** What is wrong or worth knowing; never an address, a secret or an error's text. */
  detail: z.string().optional(),
  facts: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])).optional(),
});
export type ServiceHealth = z.output<typeof serviceHealthSchema>;

export const readinessSchema = z.object({
  status: healthState,
  version: z.string(),
  checkedAt: z.iso.datetime(),
  services: z.record(z.string(), serviceHealthSchema),
});
export type Readiness = z.output<typeof readinessSchema>;

export const cronReportSchema = z.object({
  ran: z.boolean(),
  counts: z.record(z.string(), z.number()),
  failedSteps: z.array(z.string()),
  milliseconds: z.number(),
});
