'use client';

import { BudgetsCard } from '@/features/billing/ui/budgets-card';
import { BuyCard } from '@/features/billing/ui/buy-card';
import { ReturnNotice } from '@/features/billing/ui/return-notice';
import { TokensScreen } from '@/features/tokens/ui/tokens-screen';
import { useShellSession } from '../shell/session';

/** Hands the session to the screen, and puts buying into it. */
export function Tokens() {
  const { organization, permissions, user } = useShellSession();
  const { id } = organization;
  return (
    <TokensScreen
      organizationId={id}
      userId={user.uid}
      permissions={permissions}
      notice={<ReturnNotice organizationId={id} />}
      buy={<BuyCard organizationId={id} mayBuy={permissions.includes('billing.manage')} />}
      budgets={permissions.includes('organization.manage') && <BudgetsCard organizationId={id} />}
    />
  );
}
