import { z } from 'zod';

/** Meta answers a metric either as one total or as a series whose last value is the newest. */
const series = z.object({
  name: z.string(),
  total_value: z.object({ value: z.number().optional() }).optional(),
  values: z.array(z.object({ value: z.unknown() })).optional(),
});

/** Insights of a post, a Page or an account; what Meta leaves out is `null`. */
export const insight = z.object({ data: z.array(series).default([]) }).transform(({ data }) => ({
  value(name: string): number | null {
    const found = data.find((one) => one.name === name);
    const last = found?.total_value?.value ?? found?.values?.at(-1)?.value;
    return typeof last === 'number' ? last : null;
  },
}));
