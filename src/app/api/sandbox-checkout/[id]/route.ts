import { SandboxCheckouts } from '@/features/billing/providers/sandbox';
import {
  sandboxAnswerSchema,
  sandboxCheckoutParamsSchema,
  sandboxCheckoutViewSchema,
  sandboxOutcomeSchema,
} from '@/features/billing/schema';
import { route } from '@/server/route';

const definition = {
  path: '/api/sandbox-checkout/[id]',
  tag: 'Sandbox',
  auth: 'user',
  params: sandboxCheckoutParamsSchema,
} as const;

export const GET = route(
  {
    ...definition,
    method: 'GET',
    summary: 'Sandbox checkout: what is being bought',
    response: sandboxCheckoutViewSchema,
    rateLimit: 'read',
  },
  ({ principal, params }) => SandboxCheckouts.getInstance().view(principal.userId, params.id),
);

export const POST = route(
  {
    ...definition,
    method: 'POST',
    summary: 'Sandbox checkout: pay, decline or abandon it',
    description: 'Nothing is charged. Refused where the sandbox is off.',
    body: sandboxOutcomeSchema,
    response: sandboxAnswerSchema,
    rateLimit: 'write',
  },
  ({ principal, params, body }) =>
    SandboxCheckouts.getInstance().settle(principal.userId, params.id, body.outcome),
);
