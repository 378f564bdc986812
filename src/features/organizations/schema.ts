import { z } from 'zod';
import { defineModel } from '@/core/db/model';
import { PERMISSIONS, type Permission, ROLES } from './permissions';

/** The words of organisations: collections, and what the API takes and answers. */

export const roleSchema = z.enum(ROLES);
export const permissionSchema = z.enum(PERMISSIONS as readonly [Permission, ...Permission[]]);

/** Subscription tiers; what each contains stands with the tokens. */
export const TIERS = ['free', 'creator', 'influencer', 'enterprise'] as const;
export const tierSchema = z.enum(TIERS);
export type Tier = z.output<typeof tierSchema>;

/** An IANA zone such as `Europe/Vienna`. */
export const timeZoneSchema = z
  .string()
  .max(64)
  .refine(isTimeZone, 'Choose a time zone such as Europe/Vienna.');

function isTimeZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone.length > 0;
  } catch {
    return false;
  }
}

/** What a person types as a name: trimmed, no control characters, no markup of our own to escape. */
export const nameSchema = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'Enter a name.')
    .max(max, `Use at most ${max} characters.`)
    .regex(/^\P{Cc}*$/u, 'Leave out line breaks and control characters.');

export const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .pipe(z.email('Enter an email address such as name@example.com.'));

const channelIdsSchema = z.array(z.string().min(1).max(100)).max(200);

export const organizationProfileSchema = z.object({
  name: nameSchema(80),
  website: z
    .url({ protocol: /^https?$/ })
    .max(300)
    .nullable(),
  timezone: timeZoneSchema,
  locale: z.string().max(20),
});

export const billingSchema = z.object({
  tier: tierSchema,
  status: z.enum(['active', 'trialing', 'past_due', 'canceled']),
  seats: z.int().min(1),
});

/** A deletion under way: restorable until `purgeAt`, then everything goes. */
export const deletionSchema = z.object({
  requestedAt: z.date(),
  requestedBy: z.string(),
  purgeAt: z.date(),
});

export const organizationModel = defineModel('organizations', {
  profile: organizationProfileSchema,
  billing: billingSchema,
  usageQuota: z.object({
    aiTokens: z.object({ limit: z.int(), used: z.int(), purchased: z.int() }),
  }),
  settings: z.object({
    /** Posts of members without `content.approve` wait for somebody who has it. */
    approvalRequired: z.boolean(),
  }),
  /** Set on the organisation that comes with a person's account. */
  personalOf: z.string().nullable(),
  deletion: deletionSchema.nullable(),
});

export const memberModel = defineModel('organizations/{orgId}/members', {
  organizationId: z.string(),
  /** The same as the document's name; a field, so that one query finds a person's organisations. */
  userId: z.string(),
  role: roleSchema,
  teamIds: z.array(z.string()),
  /** Social channels this member may use, those of their teams included; empty means all. Kept up to date by the server. */
  channelIds: z.array(z.string()),
  /** The channels given to the member themselves. */
  ownChannelIds: z.array(z.string()),
  displayName: z.string(),
  email: z.string(),
  photoURL: z.string().nullable(),
  joinedAt: z.date(),
  invitedBy: z.string().nullable(),
});

export const teamRoleSchema = z.enum(['lead', 'member']);

export const teamModel = defineModel('organizations/{orgId}/teams', {
  organizationId: z.string(),
  name: z.string(),
  description: z.string(),
  /** User id → role in the team. */
  members: z.record(z.string(), teamRoleSchema),
  settings: z.object({ channelIds: z.array(z.string()) }),
});

export const INVITATION_STATES = ['pending', 'accepted', 'revoked'] as const;

export const invitationModel = defineModel('organizations/{orgId}/invitations', {
  organizationId: z.string(),
  email: z.string(),
  role: roleSchema,
  teamIds: z.array(z.string()),
  tokenHash: z.string(),
  status: z.enum(INVITATION_STATES),
  invitedBy: z.string(),
  invitedByName: z.string(),
  acceptedBy: z.string().nullable(),
  acceptedAt: z.date().nullable(),
  expiresAt: z.date(),
});

export const apiKeyModel = defineModel('api_keys', {
  organizationId: z.string(),
  name: z.string(),
  /** Who made the key: it can do at most what this member may at the time of each call. */
  createdBy: z.string(),
  scopes: z.array(permissionSchema),
  secretHash: z.string(),
  /** The last four characters, to tell keys apart. */
  hint: z.string(),
  expiresAt: z.date().nullable(),
  lastUsedAt: z.date().nullable(),
  revokedAt: z.date().nullable(),
});

export const auditModel = defineModel('audit_log', {
  organizationId: z.string(),
  /** What happened: `member.role_changed`. */
  action: z.string(),
  actorId: z.string(),
  actorName: z.string(),
  apiKeyId: z.string().nullable(),
  targetType: z.string(),
  targetId: z.string(),
  /** How people call the target at that time: an address, a name. A CRM record's is its id: this log outlives erased names. */
  targetLabel: z.string(),
  /** What changed, in plain values; never secrets. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])),
  at: z.date(),
  ip: z.string().nullable(),
  userAgent: z.string().nullable(),
  requestId: z.string().nullable(),
  expiresAt: z.date(),
});

// ---- What the API takes -------------------------------------------------------------------------------------------------

export const organizationParams = z.object({ orgId: z.string().min(1) });

export const createOrganizationBody = z.strictObject({
  name: nameSchema(80),
  timezone: timeZoneSchema.optional(),
});

export const updateOrganizationBody = z
  .strictObject({
    name: nameSchema(80).optional(),
    website: organizationProfileSchema.shape.website.optional(),
    timezone: timeZoneSchema.optional(),
    approvalRequired: z.boolean().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Change at least one field.');

export const memberParams = z.object({ orgId: z.string().min(1), userId: z.string().min(1) });

export const updateMemberBody = z
  .strictObject({ role: roleSchema.optional(), channelIds: channelIdsSchema.optional() })
  .refine((body) => Object.keys(body).length > 0, 'Change at least one field.');

export const transferBody = z.strictObject({ userId: z.string().min(1).max(128) });

export const createInvitationBody = z.strictObject({
  email: emailSchema,
  role: roleSchema.default('member'),
  teamIds: z.array(z.string().min(1).max(100)).max(20).default([]),
});
export const invitationParams = z.object({ orgId: z.string().min(1), invitationId: z.string().min(1) });
export const invitationTokenParams = z.object({ token: z.string().min(1).max(300) });

export const createTeamBody = z.strictObject({
  name: nameSchema(60),
  description: z.string().trim().max(300).default(''),
  channelIds: channelIdsSchema.default([]),
});
export const updateTeamBody = z
  .strictObject({
    name: nameSchema(60).optional(),
    description: z.string().trim().max(300).optional(),
    channelIds: channelIdsSchema.optional(),
    /** The whole membership; leave it out to keep it. */
    members: z
      .record(z.string().min(1).max(128), teamRoleSchema)
      .refine((members) => Object.keys(members).length <= 500, 'A team has at most 500 members.')
      .optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Change at least one field.');
export const teamParams = z.object({ orgId: z.string().min(1), teamId: z.string().min(1) });

/** What a key may do unless its maker says otherwise: read, and write drafts. Publishing is asked for by name. */
export const DRAFT_SCOPES = [
  'content.read',
  'content.write',
  'media.read',
  'media.write',
  'channels.read',
  'analytics.read',
] as const satisfies readonly Permission[];

export const createApiKeyBody = z.strictObject({
  name: nameSchema(60),
  scopes: z
    .array(permissionSchema)
    .min(1, 'Choose at least one permission.')
    .transform((scopes) => [...new Set(scopes)])
    .default([...DRAFT_SCOPES]),
  /** Days until the key stops working; null for a key without an end. */
  expiresInDays: z.int().min(1).max(730).nullable().default(90),
});
export const apiKeyParams = z.object({ orgId: z.string().min(1), apiKeyId: z.string().min(1) });

const isoDate = z.coerce.date();
export const deleteOrganizationBody = z.strictObject({ confirmName: z.string().max(200) });

export const auditFilter = z.object({
  action: z.string().max(80).optional(),
  actorId: z.string().max(128).optional(),
  from: isoDate.optional(),
  to: isoDate.optional(),
});

// ---- What the API answers -----------------------------------------------------------------------------------------------

export const organizationView = z.object({
  id: z.string(),
  name: z.string(),
  website: z.string().nullable(),
  timezone: z.string(),
  locale: z.string(),
  tier: tierSchema,
  approvalRequired: z.boolean(),
  personal: z.boolean(),
  role: roleSchema,
  permissions: z.array(permissionSchema),
  deletion: z.object({ requestedAt: z.date(), purgeAt: z.date() }).nullable(),
  createdAt: z.date(),
});
export type OrganizationView = z.output<typeof organizationView>;

/** One line of the organisation switcher. */
export const membershipView = z.object({
  id: z.string(),
  name: z.string(),
  role: roleSchema,
  tier: tierSchema,
  personal: z.boolean(),
  deleting: z.boolean(),
});
export type MembershipView = z.output<typeof membershipView>;

export const memberView = memberModel.schema
  .pick({
    userId: true,
    role: true,
    teamIds: true,
    channelIds: true,
    ownChannelIds: true,
    displayName: true,
    email: true,
    photoURL: true,
    joinedAt: true,
  })
  .strip();

export const teamView = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  channelIds: z.array(z.string()),
  members: z.record(z.string(), teamRoleSchema),
  createdAt: z.date(),
});

export type TeamView = z.output<typeof teamView>;

export const invitationView = z.object({
  id: z.string(),
  email: z.string(),
  role: roleSchema,
  teamIds: z.array(z.string()),
  /** `expired` is a pending invitation whose time is over. */
  status: z.enum([...INVITATION_STATES, 'expired']),
  invitedByName: z.string(),
  createdAt: z.date(),
  expiresAt: z.date(),
});
/** The link is shown once; only its hash is kept. */
export const createdInvitationView = invitationView.extend({
  link: z.url(),
  /** It is on its way by mail; otherwise the link must be handed over. */
  mailed: z.boolean(),
});
export type InvitationView = z.output<typeof invitationView>;
export type CreatedInvitationView = z.output<typeof createdInvitationView>;

/** What a person with the link may see before joining. */
export const invitationPreview = z.object({
  organizationName: z.string(),
  email: z.string(),
  role: roleSchema,
  invitedByName: z.string(),
  status: z.enum([...INVITATION_STATES, 'expired']),
  expiresAt: z.date(),
});
export type InvitationPreview = z.output<typeof invitationPreview>;

export const apiKeyView = z.object({
  id: z.string(),
  name: z.string(),
  hint: z.string(),
  scopes: z.array(permissionSchema),
  createdBy: z.string(),
  createdAt: z.date(),
  expiresAt: z.date().nullable(),
  lastUsedAt: z.date().nullable(),
  status: z.enum(['active', 'expired', 'revoked']),
});
/** `key` is shown once; only its hash is kept. */
export const createdApiKeyView = apiKeyView.extend({ key: z.string() });
export type ApiKeyView = z.output<typeof apiKeyView>;
export type CreatedApiKeyView = z.output<typeof createdApiKeyView>;

export const auditView = auditModel.schema.omit({
  organizationId: true,
  expiresAt: true,
  updatedAt: true,
  createdAt: true,
});
export type AuditView = z.output<typeof auditView>;
