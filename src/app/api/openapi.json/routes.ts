import 'server-only';
import * as route0 from '@/app/api/accounts/[id]/refresh/route';
import * as route1 from '@/app/api/accounts/[id]/route';
import * as route2 from '@/app/api/accounts/[id]/targets/route';
import * as route3 from '@/app/api/accounts/[id]/validate/route';
import * as route4 from '@/app/api/accounts/callback/[platform]/route';
import * as route5 from '@/app/api/accounts/choices/[choice]/route';
import * as route6 from '@/app/api/accounts/route';
import * as route7 from '@/app/api/ai/brand-voices/[id]/publish/route';
import * as route8 from '@/app/api/ai/brand-voices/[id]/route';
import * as route9 from '@/app/api/ai/brand-voices/route';
import * as route10 from '@/app/api/ai/completion/route';
import * as route11 from '@/app/api/ai/estimate/route';
import * as route12 from '@/app/api/ai/generate/route';
import * as route13 from '@/app/api/ai/image/[jobId]/route';
import * as route14 from '@/app/api/ai/image/route';
import * as route15 from '@/app/api/ai/optimize/route';
import * as route16 from '@/app/api/ai/prompts/[id]/publish/route';
import * as route17 from '@/app/api/ai/prompts/[id]/route';
import * as route18 from '@/app/api/ai/prompts/route';
import * as route19 from '@/app/api/ai/providers/route';
import * as route20 from '@/app/api/ai/quota/[orgId]/route';
import * as route21 from '@/app/api/ai/settings/[orgId]/route';
import * as route22 from '@/app/api/ai/usage/[orgId]/calls/route';
import * as route23 from '@/app/api/ai/usage/[orgId]/route';
import * as route24 from '@/app/api/analytics/best-times/route';
import * as route25 from '@/app/api/auth/login/route';
import * as route26 from '@/app/api/auth/logout/route';
import * as route27 from '@/app/api/auth/magic-link/route';
import * as route28 from '@/app/api/auth/password-reset/confirm/route';
import * as route29 from '@/app/api/auth/password-reset/route';
import * as route30 from '@/app/api/auth/register/route';
import * as route31 from '@/app/api/auth/session/route';
import * as route32 from '@/app/api/auth/verify-email/confirm/route';
import * as route33 from '@/app/api/auth/verify-email/route';
import * as route34 from '@/app/api/billing/invoices/route';
import * as route35 from '@/app/api/billing/portal/route';
import * as route36 from '@/app/api/billing/subscription/route';
import * as route37 from '@/app/api/calendar/route';
import * as route38 from '@/app/api/campaigns/[id]/route';
import * as route39 from '@/app/api/campaigns/route';
import * as route40 from '@/app/api/content/publish/route';
import * as route41 from '@/app/api/crm/pipelines/route';
import * as route42 from '@/app/api/crm/records/[id]/activities/route';
import * as route43 from '@/app/api/crm/records/[id]/route';
import * as route44 from '@/app/api/crm/records/route';
import * as route45 from '@/app/api/crm/targets/route';
import * as route46 from '@/app/api/crm/totals/route';
import * as route47 from '@/app/api/cron/[task]/route';
import * as route48 from '@/app/api/cron/publish/route';
import * as route49 from '@/app/api/dashboard/overview/route';
import * as route50 from '@/app/api/dashboard/performance/route';
import * as route51 from '@/app/api/dashboard/widgets/route';
import * as route52 from '@/app/api/dead-letters/replay/route';
import * as route53 from '@/app/api/dead-letters/route';
import * as route54 from '@/app/api/dedup/candidates/[id]/resolve/route';
import * as route55 from '@/app/api/dedup/candidates/[id]/undo/route';
import * as route56 from '@/app/api/dedup/candidates/route';
import * as route57 from '@/app/api/dedup/runs/[id]/route';
import * as route58 from '@/app/api/dedup/runs/route';
import * as route59 from '@/app/api/dedup/settings/route';
import * as route60 from '@/app/api/feeds/[id]/check/route';
import * as route61 from '@/app/api/feeds/[id]/route';
import * as route62 from '@/app/api/feeds/preview/route';
import * as route63 from '@/app/api/feeds/route';
import * as route64 from '@/app/api/health/ready/route';
import * as route65 from '@/app/api/health/route';
import * as route66 from '@/app/api/inbox/[id]/replies/[replyId]/resolve/route';
import * as route67 from '@/app/api/inbox/[id]/replies/route';
import * as route68 from '@/app/api/inbox/[id]/route';
import * as route69 from '@/app/api/inbox/refresh/route';
import * as route70 from '@/app/api/inbox/route';
import * as route71 from '@/app/api/integrations/[id]/conflict-policy/route';
import * as route72 from '@/app/api/integrations/[id]/credential/audit/route';
import * as route73 from '@/app/api/integrations/[id]/credential/route';
import * as route74 from '@/app/api/integrations/[id]/data/route';
import * as route75 from '@/app/api/integrations/[id]/disconnect/route';
import * as route76 from '@/app/api/integrations/[id]/entities/[entity]/fields/route';
import * as route77 from '@/app/api/integrations/[id]/entities/[entity]/samples/route';
import * as route78 from '@/app/api/integrations/[id]/live-changes/route';
import * as route79 from '@/app/api/integrations/[id]/route';
import * as route80 from '@/app/api/integrations/[id]/schedule/route';
import * as route81 from '@/app/api/integrations/[id]/shards/[entity]/route';
import * as route82 from '@/app/api/integrations/[id]/status/route';
import * as route83 from '@/app/api/integrations/[id]/sync/route';
import * as route84 from '@/app/api/integrations/[id]/test/route';
import * as route85 from '@/app/api/integrations/callback/[type]/route';
import * as route86 from '@/app/api/integrations/connect/[type]/route';
import * as route87 from '@/app/api/integrations/mappings/[id]/route';
import * as route88 from '@/app/api/integrations/mappings/preview/route';
import * as route89 from '@/app/api/integrations/mappings/route';
import * as route90 from '@/app/api/integrations/mappings/templates/[id]/apply/route';
import * as route91 from '@/app/api/integrations/mappings/templates/route';
import * as route92 from '@/app/api/integrations/registry/route';
import * as route93 from '@/app/api/integrations/registry/stats/route';
import * as route94 from '@/app/api/integrations/route';
import * as route95 from '@/app/api/invitations/[token]/accept/route';
import * as route96 from '@/app/api/invitations/[token]/route';
import * as route97 from '@/app/api/mcp/route';
import * as route98 from '@/app/api/media/[id]/crop/route';
import * as route99 from '@/app/api/media/[id]/file/route';
import * as route100 from '@/app/api/media/[id]/fit/route';
import * as route101 from '@/app/api/media/[id]/route';
import * as route102 from '@/app/api/media/[id]/thumb/route';
import * as route103 from '@/app/api/media/linked/[token]/route';
import * as route104 from '@/app/api/media/route';
import * as route105 from '@/app/api/media/uploads/[id]/route';
import * as route106 from '@/app/api/media/uploads/route';
import * as route107 from '@/app/api/metrics/route';
import * as route108 from '@/app/api/notifications/channels/[id]/messages/[messageId]/replay/route';
import * as route109 from '@/app/api/notifications/channels/[id]/messages/route';
import * as route110 from '@/app/api/notifications/channels/[id]/route';
import * as route111 from '@/app/api/notifications/channels/[id]/test/route';
import * as route112 from '@/app/api/notifications/channels/choices/route';
import * as route113 from '@/app/api/notifications/channels/route';
import * as route114 from '@/app/api/notifications/preferences/route';
import * as route115 from '@/app/api/notifications/push/route';
import * as route116 from '@/app/api/notifications/read/route';
import * as route117 from '@/app/api/notifications/route';
import * as route118 from '@/app/api/notifications/unsubscribe/route';
import * as route119 from '@/app/api/organizations/[orgId]/api-keys/[apiKeyId]/route';
import * as route120 from '@/app/api/organizations/[orgId]/api-keys/route';
import * as route121 from '@/app/api/organizations/[orgId]/audit/export/route';
import * as route122 from '@/app/api/organizations/[orgId]/audit/route';
import * as route123 from '@/app/api/organizations/[orgId]/export/route';
import * as route124 from '@/app/api/organizations/[orgId]/invitations/[invitationId]/renew/route';
import * as route125 from '@/app/api/organizations/[orgId]/invitations/[invitationId]/route';
import * as route126 from '@/app/api/organizations/[orgId]/invitations/route';
import * as route127 from '@/app/api/organizations/[orgId]/leave/route';
import * as route128 from '@/app/api/organizations/[orgId]/members/[userId]/route';
import * as route129 from '@/app/api/organizations/[orgId]/members/route';
import * as route130 from '@/app/api/organizations/[orgId]/restore/route';
import * as route131 from '@/app/api/organizations/[orgId]/route';
import * as route132 from '@/app/api/organizations/[orgId]/teams/[teamId]/route';
import * as route133 from '@/app/api/organizations/[orgId]/teams/route';
import * as route134 from '@/app/api/organizations/[orgId]/transfer/route';
import * as route135 from '@/app/api/organizations/route';
import * as route136 from '@/app/api/posts/[id]/approve/route';
import * as route137 from '@/app/api/posts/[id]/comments/[commentId]/route';
import * as route138 from '@/app/api/posts/[id]/comments/route';
import * as route139 from '@/app/api/posts/[id]/request-changes/route';
import * as route140 from '@/app/api/posts/[id]/review-links/route';
import * as route141 from '@/app/api/posts/[id]/route';
import * as route142 from '@/app/api/posts/[id]/runs/[runId]/resolve/route';
import * as route143 from '@/app/api/posts/[id]/runs/[runId]/retry/route';
import * as route144 from '@/app/api/posts/[id]/submit/route';
import * as route145 from '@/app/api/posts/export/route';
import * as route146 from '@/app/api/posts/import/route';
import * as route147 from '@/app/api/posts/route';
import * as route148 from '@/app/api/posts/validate/route';
import * as route149 from '@/app/api/rate-limits/[integrationId]/reset/route';
import * as route150 from '@/app/api/rate-limits/[integrationId]/route';
import * as route151 from '@/app/api/recurrences/[id]/route';
import * as route152 from '@/app/api/recurrences/route';
import * as route153 from '@/app/api/review/[token]/media/[mediaId]/route';
import * as route154 from '@/app/api/review/[token]/route';
import * as route155 from '@/app/api/review/[token]/unlock/route';
import * as route156 from '@/app/api/sandbox-checkout/[id]/route';
import * as route157 from '@/app/api/sandbox-crm/accounts/route';
import * as route158 from '@/app/api/sandbox-crm/records/[id]/route';
import * as route159 from '@/app/api/sandbox-crm/records/route';
import * as route160 from '@/app/api/sandbox-network/comments/route';
import * as route161 from '@/app/api/sandbox-network/consent/route';
import * as route162 from '@/app/api/sandbox-network/faults/route';
import * as route163 from '@/app/api/sandbox-network/feed/route';
import * as route164 from '@/app/api/sandbox-network/media/[id]/route';
import * as route165 from '@/app/api/slots/[id]/route';
import * as route166 from '@/app/api/slots/route';
import * as route167 from '@/app/api/sync/conflicts/[id]/resolve/route';
import * as route168 from '@/app/api/sync/conflicts/[id]/undo/route';
import * as route169 from '@/app/api/sync/conflicts/resolve/route';
import * as route170 from '@/app/api/sync/conflicts/route';
import * as route171 from '@/app/api/sync/results/route';
import * as route172 from '@/app/api/sync/tasks/[id]/route';
import * as route173 from '@/app/api/sync/tasks/route';
import * as route174 from '@/app/api/templates/[id]/route';
import * as route175 from '@/app/api/templates/route';
import * as route176 from '@/app/api/tokens/balance/route';
import * as route177 from '@/app/api/tokens/budgets/route';
import * as route178 from '@/app/api/tokens/history/route';
import * as route179 from '@/app/api/tokens/packages/route';
import * as route180 from '@/app/api/tokens/purchase/route';
import * as route181 from '@/app/api/tokens/purchases/[id]/confirm/route';
import * as route182 from '@/app/api/tokens/purchases/route';
import * as route183 from '@/app/api/tokens/usage/route';
import * as route184 from '@/app/api/users/me/default-organization/route';
import * as route185 from '@/app/api/users/me/export/route';
import * as route186 from '@/app/api/users/me/route';
import * as route187 from '@/app/api/webhooks/[target]/events/route';
import * as route188 from '@/app/api/webhooks/[target]/health/route';
import * as route189 from '@/app/api/webhooks/[target]/received/[eventId]/replay/route';
import * as route190 from '@/app/api/webhooks/[target]/received/route';
import * as route191 from '@/app/api/webhooks/[target]/rotate/route';
import * as route192 from '@/app/api/webhooks/[target]/route';
import * as route193 from '@/app/api/webhooks/[target]/test/route';
import * as route194 from '@/app/api/webhooks/endpoints/[id]/deliveries/[deliveryId]/replay/route';
import * as route195 from '@/app/api/webhooks/endpoints/[id]/deliveries/route';
import * as route196 from '@/app/api/webhooks/endpoints/[id]/ping/route';
import * as route197 from '@/app/api/webhooks/endpoints/[id]/rotate/route';
import * as route198 from '@/app/api/webhooks/endpoints/[id]/route';
import * as route199 from '@/app/api/webhooks/endpoints/route';
import * as route200 from '@/app/api/webhooks/route';
import * as route201 from '@/app/api/webhooks/stripe/route';

/** Every API route. Written by `npm run openapi`; a test fails when a route is missing. */
export const ROUTES: readonly Record<string, unknown>[] = [
  route0,
  route1,
  route2,
  route3,
  route4,
  route5,
  route6,
  route7,
  route8,
  route9,
  route10,
  route11,
  route12,
  route13,
  route14,
  route15,
  route16,
  route17,
  route18,
  route19,
  route20,
  route21,
  route22,
  route23,
  route24,
  route25,
  route26,
  route27,
  route28,
  route29,
  route30,
  route31,
  route32,
  route33,
  route34,
  route35,
  route36,
  route37,
  route38,
  route39,
  route40,
  route41,
  route42,
  route43,
  route44,
  route45,
  route46,
  route47,
  route48,
  route49,
  route50,
  route51,
  route52,
  route53,
  route54,
  route55,
  route56,
  route57,
  route58,
  route59,
  route60,
  route61,
  route62,
  route63,
  route64,
  route65,
  route66,
  route67,
  route68,
  route69,
  route70,
  route71,
  route72,
  route73,
  route74,
  route75,
  route76,
  route77,
  route78,
  route79,
  route80,
  route81,
  route82,
  route83,
  route84,
  route85,
  route86,
  route87,
  route88,
  route89,
  route90,
  route91,
  route92,
  route93,
  route94,
  route95,
  route96,
  route97,
  route98,
  route99,
  route100,
  route101,
  route102,
  route103,
  route104,
  route105,
  route106,
  route107,
  route108,
  route109,
  route110,
  route111,
  route112,
  route113,
  route114,
  route115,
  route116,
  route117,
  route118,
  route119,
  route120,
  route121,
  route122,
  route123,
  route124,
  route125,
  route126,
  route127,
  route128,
  route129,
  route130,
  route131,
  route132,
  route133,
  route134,
  route135,
  route136,
  route137,
  route138,
  route139,
  route140,
  route141,
  route142,
  route143,
  route144,
  route145,
  route146,
  route147,
  route148,
  route149,
  route150,
  route151,
  route152,
  route153,
  route154,
  route155,
  route156,
  route157,
  route158,
  route159,
  route160,
  route161,
  route162,
  route163,
  route164,
  route165,
  route166,
  route167,
  route168,
  route169,
  route170,
  route171,
  route172,
  route173,
  route174,
  route175,
  route176,
  route177,
  route178,
  route179,
  route180,
  route181,
  route182,
  route183,
  route184,
  route185,
  route186,
  route187,
  route188,
  route189,
  route190,
  route191,
  route192,
  route193,
  route194,
  route195,
  route196,
  route197,
  route198,
  route199,
  route200,
  route201,
];
