import type { ReactNode } from 'react';
import { ClientMessages } from '@/i18n/client-messages';
import { AiHead } from './ai-head';

export default function AiLayout({ children }: { children: ReactNode }) {
  return (
    <ClientMessages rooms={['ai', 'tokens']}>
      <AiHead />
      <div className="grid min-w-0 gap-5 pt-4">{children}</div>
    </ClientMessages>
  );
}
