import 'server-only';
import { z } from 'zod';
import { ValidationError } from '@/core/errors';
import type { ChannelMessage, PostedMessage, VendorSession } from '../types';
import type { SlackApi } from './api';

const MAX_BLOCKS = 50;

const postedAnswer = z.object({ channel: z.string(), ts: z.string() });

/** Sent once: what was lost on the way may have arrived. @see https://docs.slack.dev/reference/methods/chat.postMessage */
export async function postMessage(
  api: SlackApi,
  session: VendorSession,
  { channel, text, blocks }: ChannelMessage,
): Promise<PostedMessage> {
  if (blocks && blocks.length > MAX_BLOCKS)
    throw ValidationError.at('blocks', `A message has at most ${MAX_BLOCKS} blocks.`);
  const answer = await api.authorized(session, {
    method: 'POST',
    name: 'chat.postMessage',
    json: { channel, text, ...(blocks ? { blocks } : {}) },
    idempotent: false,
  });
  const posted = api.shaped(postedAnswer, answer.body);
  return { channel: posted.channel, messageId: posted.ts };
}
