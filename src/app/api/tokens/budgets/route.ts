import { BudgetService } from '@/features/billing/budgets';
import { budgetSettingsSchema, budgetsResponseSchema } from '@/features/billing/schema';
import { route } from '@/server/route';

const definition = {
  path: '/api/tokens/budgets',
  tag: 'Tokens',
  auth: 'member',
  permission: 'organization.manage',
  response: budgetsResponseSchema,
} as const;

export const GET = route(
  {
    ...definition,
    method: 'GET',
    summary: 'Read the token budgets of your organisation and what is used of them',
    rateLimit: 'read',
  },
  ({ actor }) => BudgetService.getInstance().get(actor),
);

export const PUT = route(
  {
    ...definition,
    method: 'PUT',
    summary: 'Set the token budgets of your organisation and its members',
    description:
      'Limits count tokens of a UTC month; null means none. Each alert percentage is announced once a month. With `stopAtLimit`, further AI work is refused once a limit is used up.',
    body: budgetSettingsSchema,
    rateLimit: 'write',
  },
  ({ actor, body }) => BudgetService.getInstance().set(actor, body),
);
