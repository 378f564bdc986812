import { z } from 'zod';
import { imageRequest } from './image-schema';
import { optimizeRequest } from './optimize-schema';
import { completionRequest, generateRequest } from './schema';

/** Any request of this room; the shape says which one it is. */
export const estimateRequest = z.union([completionRequest, imageRequest, optimizeRequest, generateRequest]);
export const estimateResponse = z.object({
  tokensMin: z.int().min(0),
  tokensMax: z.int().min(0),
  costMicrosMax: z.int().min(0),
});
export type EstimateRequest = z.output<typeof estimateRequest>;
export type EstimateResponse = z.output<typeof estimateResponse>;
