'use client';

import { CircleCheck, TriangleAlert, X } from 'lucide-react';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { cn } from './cn';
import { IconButton } from './icon-button';

export interface WayBackNoticeProps {
  /** Sentences for people. `reason` gets the code that the address carries. */
  words: { connected: string; failed: string; dismiss: string; reason: (code: string) => string };
}

/** How the way over somebody else's consent page ended: told by the address it led back to. */
export function WayBackNotice({ words }: WayBackNoticeProps) {
  const router = useRouter();
  const path = usePathname();
  const query = useSearchParams();
  const failed = query.get('connect_error');
  if (!failed && !query.get('connected')) return null;
  const Icon = failed ? TriangleAlert : CircleCheck;
  return (
    <div
      role={failed ? 'alert' : 'status'}
      className={cn(
        'mb-4 flex items-start gap-3 rounded-lg border p-3',
        failed ? 'border-danger/40 bg-danger-tint' : 'border-ok/40 bg-ok-tint',
      )}
    >
      <Icon size={20} aria-hidden="true" className={failed ? 'text-danger' : 'text-ok'} />
      <div className="grid flex-1 gap-0.5">
        {failed && <p className="font-semibold">{words.failed}</p>}
        <p>{failed ? words.reason(failed) : words.connected}</p>
      </div>
      <IconButton
        label={words.dismiss}
        icon={<X />}
        variant="ghost"
        size="sm"
        onClick={() => router.replace(path)}
      />
    </div>
  );
}
