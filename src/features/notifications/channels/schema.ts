import { z } from 'zod';
import { pageQuery } from '@/core/db/cursor';
import { defineModel } from '@/core/db/model';
import { zoneSchema } from '@/core/time/zones';
import { CHANNEL_EVENT_NAMES, SEVERITIES } from './events.data';

/** Chat channels of an organisation: Slack and Microsoft Teams, what they hear of, and the log of what was sent. */

const CHANNEL_KINDS = ['slack_webhook', 'slack_bot', 'teams'] as const;
export const channelKindSchema = z.enum(CHANNEL_KINDS);
export type ChannelKind = z.output<typeof channelKindSchema>;

export const channelEventSchema = z.enum(CHANNEL_EVENT_NAMES);
export const severitySchema = z.enum(SEVERITIES);
export const channelStatusSchema = z.enum(['active', 'failing', 'disabled']);
/** `exhausted`: it took nothing for a day. */
const disabledReasonSchema = z.enum(['person', 'exhausted']);
const localeSchema = z.enum(['en', 'de']);
const digestSchema = z.enum(['immediate', 'hourly', 'daily']);

const clockSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'Use a time such as 22:00.');
/** In the channel's zone; `from` belongs to them, `to` does not; may span midnight. */
const quietHoursSchema = z.strictObject({ from: clockSchema, to: clockSchema });

/** An event, from this severity on. */
const ruleSchema = z.strictObject({ event: channelEventSchema, severity: severitySchema });
export type ChannelRule = z.output<typeof ruleSchema>;

export const notificationChannelModel = defineModel('notification_channels', {
  organizationId: z.string(),
  kind: channelKindSchema,
  name: z.string(),
  /** Where it leads; the address itself is a secret. */
  host: z.string(),
  /** The secret's last four characters. */
  hint: z.string(),
  /** The channel in Slack, for a bot. */
  slackChannel: z.string().nullable(),
  rules: z.array(ruleSchema),
  quietHours: quietHoursSchema.nullable(),
  timezone: z.string(),
  digest: digestSchema,
  locale: localeSchema,
  status: channelStatusSchema,
  disabledReason: disabledReasonSchema.nullable(),
  /** Tries in a row that failed. */
  failureCount: z.int().nonnegative(),
  failingSince: z.date().nullable(),
  lastDeliveredAt: z.date().nullable(),
  /** The vendor's own words to the last failed try. */
  lastError: z.string().nullable(),
  /** The next free place in line: vendors take about one message a second. */
  nextSendAt: z.date().nullable(),
  /** The vendor asked for silence until then. */
  heldUntil: z.date().nullable(),
  createdBy: z.string(),
});

/** The encrypted address or token, under the channel's own id. */
export const channelSecretModel = defineModel('credentials', {
  organizationId: z.string(),
  kind: z.literal('notification_channel'),
  payload: z.string(),
});

export const channelSecretSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('slack_webhook'), url: z.string() }),
  z.object({ kind: z.literal('slack_bot'), token: z.string() }),
  z.object({ kind: z.literal('teams'), url: z.string() }),
]);
export type ChannelSecret = z.output<typeof channelSecretSchema>;

/** `final`: told once, and nothing will follow. */
const itemStateSchema = z.enum(['open', 'recovered', 'final']);
export type ItemState = z.output<typeof itemStateSchema>;

const dataSchema = z.record(z.string(), z.union([z.string(), z.number()]));
export type NoticeData = z.output<typeof dataSchema>;

const itemSchema = z.object({
  incidentId: z.string(),
  event: channelEventSchema,
  severity: severitySchema,
  state: itemStateSchema,
  data: dataSchema,
  /** A path inside IriSync. */
  href: z.string().nullable(),
  at: z.date(),
});
export type MessageItem = z.output<typeof itemSchema>;

const attemptSchema = z.object({
  at: z.date(),
  milliseconds: z.int(),
  /** Null when there was no answer. */
  responseStatus: z.int().nullable(),
  /** The vendor's own words. */
  said: z.string(),
  /** For people; null for a success. */
  error: z.string().nullable(),
  /** It may have arrived all the same. */
  uncertain: z.boolean(),
});
export type MessageAttempt = z.output<typeof attemptSchema>;

/** `accepted`: a Teams workflow took it and says nothing about what became of it. `dropped`: its channel was off. */
export const messageStatusSchema = z.enum(['pending', 'delivered', 'accepted', 'failed', 'dropped']);
const messageKindSchema = z.enum(['incident', 'digest', 'test']);

/** One message to one channel. The id is made of channel, incident and state: announced twice, it is there once. */
export const notificationMessageModel = defineModel('notification_messages', {
  organizationId: z.string(),
  channelId: z.string(),
  kind: messageKindSchema,
  items: z.array(itemSchema),
  /** Items of a digest beyond those that are kept. */
  omitted: z.int().nonnegative(),
  status: messageStatusSchema,
  /** Since it was made or last replayed. */
  tries: z.int().nonnegative(),
  /** Jobs ever; names the next one. */
  sequence: z.int().nonnegative(),
  nextAttemptAt: z.date().nullable(),
  /** Its place in the channel's line. */
  reservedAt: z.date().nullable(),
  leaseUntil: z.date().nullable(),
  /** An earlier try may have arrived, since then. */
  uncertainSince: z.date().nullable(),
  /** Slack's `ts`. */
  vendorId: z.string().nullable(),
  attempts: z.array(attemptSchema),
  expiresAt: z.date(),
});

/** Something that lasts: told when it begins and when it is over, and not in between. */
export const notificationIncidentModel = defineModel('notification_incidents', {
  organizationId: z.string(),
  key: z.string(),
  event: channelEventSchema,
  severity: severitySchema,
  state: z.enum(['open', 'closed']),
  /** Grows each time it begins anew. */
  episode: z.int(),
  data: dataSchema,
  href: z.string().nullable(),
  openedAt: z.date(),
  closedAt: z.date().nullable(),
  lastSeenAt: z.date(),
  count: z.int(),
  /** Who heard of it, and hears of its end. */
  channelIds: z.array(z.string()),
  /** The latest events that were taken in: a repeated one changes nothing. */
  seen: z.array(z.string()),
  expiresAt: z.date(),
});

// API ------------------------------------------------------------------------------------------------------------------

const fields = {
  name: z.string().trim().min(1, 'Enter a name.').max(80, 'Use at most 80 characters.'),
  rules: z
    .array(ruleSchema)
    .max(CHANNEL_EVENT_NAMES.length)
    .refine(
      (rules) => new Set(rules.map(({ event }) => event)).size === rules.length,
      'Name each event once.',
    ),
  quietHours: quietHoursSchema.nullable(),
  timezone: zoneSchema,
  digest: digestSchema,
  locale: localeSchema,
};
const url = z.string().trim().min(1, 'Enter the address.').max(2000);
const token = z
  .string()
  .trim()
  .max(300)
  .regex(/^xoxb-[\w-]{10,}$/, 'A bot token starts with xoxb-.');
const slackChannel = z
  .string()
  .trim()
  .regex(
    /^([CGD][A-Z0-9]{6,20}|#?[\p{Ll}\p{Lo}\p{N}_-]{1,80})$/u,
    'Enter the id of the channel, such as C0123456789, or its name.',
  );

const secretBody = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('slack_webhook'), url }),
  z.strictObject({ kind: z.literal('slack_bot'), token, channel: slackChannel }),
  z.strictObject({ kind: z.literal('teams'), url }),
]);
export type SecretBody = z.output<typeof secretBody>;

export const createChannelBody = z.strictObject({
  target: secretBody,
  ...fields,
  quietHours: fields.quietHours.default(null),
  digest: fields.digest.default('immediate'),
  locale: fields.locale.default('en'),
});
export type CreateChannelBody = z.output<typeof createChannelBody>;

export const changeChannelBody = z
  .strictObject({
    /** A new address or token in place of the old one. */
    target: secretBody.optional(),
    name: fields.name.optional(),
    rules: fields.rules.optional(),
    quietHours: fields.quietHours.optional(),
    timezone: fields.timezone.optional(),
    digest: fields.digest.optional(),
    locale: fields.locale.optional(),
    enabled: z.boolean().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Say what to change.');
export type ChangeChannelBody = z.output<typeof changeChannelBody>;

export const channelParams = z.object({ id: z.string().min(1) });
export const messageParams = z.object({ id: z.string().min(1), messageId: z.string().min(1) });
export const messageQuery = pageQuery;

export const channelView = notificationChannelModel.schema.pick({
  ...{ id: true, kind: true, name: true, host: true, hint: true, slackChannel: true, rules: true },
  ...{ quietHours: true, timezone: true, digest: true, locale: true, status: true, disabledReason: true },
  ...{ failureCount: true, failingSince: true, lastDeliveredAt: true, lastError: true, createdAt: true },
});
export type ChannelView = z.output<typeof channelView>;

export const messageView = notificationMessageModel.schema.pick({
  ...{ id: true, kind: true, items: true, omitted: true, status: true, tries: true, nextAttemptAt: true },
  ...{ attempts: true, createdAt: true },
});
export type MessageView = z.output<typeof messageView>;

/** What this organisation may choose from. */
export const eventChoiceView = z.object({ event: channelEventSchema, severities: z.array(severitySchema) });
export type EventChoiceView = z.output<typeof eventChoiceView>;
