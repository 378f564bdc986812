import { postIdParams } from '@/features/content/answer-schema';
import { ReviewLinkService } from '@/features/content/review-links';
import {
  createdLinkSchema,
  createLinkSchema,
  linkListSchema,
  revokeLinkQuery,
} from '@/features/content/review-schema';
import { route } from '@/server/route';

const path = '/api/posts/[id]/review-links';
const member = { path, tag: 'Review', auth: 'member', params: postIdParams } as const;
const shared = { ...member, permission: 'content.approve' } as const;

export const GET = route(
  { ...shared, method: 'GET', summary: 'Links that open', response: linkListSchema, rateLimit: 'read' },
  ({ actor, params }) => ReviewLinkService.getInstance().list(actor, params.id),
);

export const POST = route(
  {
    ...shared,
    method: 'POST',
    summary: 'Make a link for somebody without an account',
    description: 'Whoever has it may look, comment, approve and ask for changes. The address is shown once.',
    body: createLinkSchema,
    response: createdLinkSchema,
    status: 201,
    rateLimit: 'write',
  },
  ({ actor, params, body }) => ReviewLinkService.getInstance().create(actor, params.id, body),
);

const revoked = { ...shared, method: 'DELETE', summary: 'Revoke a link', query: revokeLinkQuery } as const;
export const DELETE = route(
  { ...revoked, response: 'empty', rateLimit: 'write' },
  ({ actor, params, query }) => ReviewLinkService.getInstance().revoke(actor, params.id, query.linkId),
);
