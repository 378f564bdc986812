import type { ExternalErrorClass } from '@/core/errors';
import type { BlockedReason } from './schema';

/** What people read about a run: what happened and what to do. Decided from classes alone, never from a network's words. */

export const FAILURE_TEXT: Record<ExternalErrorClass, string> = {
  rate_limit: 'The network asked us to slow down and did not let this post through. Try again later.',
  auth_expired:
    'The network no longer accepts the sign-in of this channel. Reconnect the channel, then try again.',
  unavailable: 'The network could not be reached. Check whether it is down, then try again.',
  invalid_request:
    'The network refused this post as it is. Check its text, media and settings, then try again.',
  content_policy:
    'The network refused this post because of its content rules. Change the post, then try again.',
  context_too_long: 'The network says this post is too long. Shorten it, then try again.',
  quota: 'The channel has used up what the network allows for now. Try again once its limit has been reset.',
  timeout: 'The network did not answer in time. Check whether it is down, then try again.',
  unknown: 'The network answered in a way we do not know. Check the post and the channel, then try again.',
};

export const BLOCKED_TEXT: Record<BlockedReason, string> = {
  approval: 'This post was due but is not approved. Approve it and it goes out, or choose a new time.',
  reconnect: 'The network no longer accepts the sign-in of this channel. Reconnect it and the post goes out.',
  rules: 'This post breaks a rule of the network. Change it, then try again.',
  late: 'This post was not sent because its time passed long ago. Send it now or choose a new time.',
  content: 'A part of this post is missing, for example a deleted file. Change the post, then try again.',
  platform: 'This network is not set up or is switched off here. Ask an admin, then try again.',
};

export const TEXT = {
  question:
    'The network did not say whether this post is out. Look at the channel, then tell us: it is out, it is not, or leave it.',
  questionPart:
    'The network did not say whether a later part of this post is out. Look at the channel, then tell us: it is out, it is not, or leave it.',
  left: 'Left as it is: nobody could say whether this is out. Check the channel before you send it again.',
  cancelled: 'Cancelled. The rest of this post was not sent.',
  gone: 'The post was deleted before it was sent.',
  abandoned: 'Nobody acted on this for 30 days, so it was given up. Send it again if it is still wanted.',
  slowProcessing: 'The network did not finish processing the media. Check the files, then try again.',
  notRemoved: 'The network did not remove this post. Delete it there.',
} as const;
