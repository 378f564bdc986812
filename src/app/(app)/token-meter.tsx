'use client';

import { useSession } from '@/client/session';
import { useTokenBalance } from '@/features/tokens/ui/use-token-balance';
import { Skeleton } from '@/ui/skeleton';
import { TokenMeter } from './shell/slots';

/** The balance of the organisation in the sidebar, live. Silent when it cannot be read: the tokens page says why. */
export default function LiveTokenMeter({ collapsed }: { collapsed: boolean }) {
  const { organization } = useSession();
  const { balance, error } = useTokenBalance(organization.id);
  if (error) return null;
  if (!balance) return <Skeleton className={collapsed ? 'size-8' : 'mx-2.5 h-12'} />;
  return (
    <TokenMeter
      available={balance.available}
      total={balance.included + balance.purchased}
      nextRefresh={balance.nextRefreshDate}
      collapsed={collapsed}
    />
  );
}
