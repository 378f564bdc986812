import { z } from 'zod';

const yesNo = z.enum(['true', 'false']);
export const submitForm = z.strictObject({
  api_type: z.literal('json'),
  sr: z.string(),
  title: z.string().min(1).max(300),
  kind: z.enum(['self', 'link', 'image', 'video']),
  text: z.string().max(40_000).optional(),
  url: z.url().optional(),
  video_poster_url: z.url().optional(),
  flair_id: z.string().optional(),
  flair_text: z.string().optional(),
  resubmit: yesNo,
  nsfw: yesNo,
  spoiler: yesNo,
  sendreplies: yesNo,
});
export const galleryBody = z.strictObject({
  api_type: z.literal('json'),
  sr: z.string(),
  title: z.string().min(1).max(300),
  text: z.string().optional(),
  items: z
    .array(z.strictObject({ media_id: z.string(), caption: z.string().max(180).optional() }))
    .min(2)
    .max(20),
  flair_id: z.string().optional(),
  flair_text: z.string().optional(),
  nsfw: z.boolean(),
  spoiler: z.boolean(),
  sendreplies: z.boolean(),
  show_error_list: z.boolean(),
  validate_on_submit: z.boolean(),
});
