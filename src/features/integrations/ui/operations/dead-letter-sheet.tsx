'use client';
import { RotateCw } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Button } from '@/ui/button';
import { DateTime } from '@/ui/date-time';
import { LinkButton } from '@/ui/link-button';
import { Sheet } from '@/ui/sheet';
import type { DeadLetterView } from '../../dead-letters/schema';

/** What failed, as far as it may be shown. */
export function DeadLetterSheet({
  letter,
  busy,
  onReplay,
  onClose,
}: {
  letter: DeadLetterView | null;
  busy: boolean;
  onReplay: (id: string) => void;
  onClose: () => void;
}) {
  const t = useTranslations('operations.deadLetters');
  return (
    <Sheet
      open={letter !== null}
      onOpenChange={onClose}
      title={letter ? t(`kinds.${letter.kind}`) : t('title')}
    >
      {letter && (
        <div className="grid gap-4">
          <p>{letter.reason}</p>
          <p className="text-sm text-muted">{t(`next.${letter.kind}`)}</p>
          <dl className="grid gap-3">
            <Fact name={t('attempts')}>{letter.attempts}</Fact>
            <Fact name={t('enqueuedAt')}>
              <DateTime at={letter.enqueuedAt} />
            </Fact>
            <Fact name={t('diedAt')}>
              <DateTime at={letter.diedAt} />
            </Fact>
            {Object.entries(letter.summary).map(([name, value]) => (
              <Fact key={name} name={name}>
                <code className="font-mono text-xs break-all">{value}</code>
              </Fact>
            ))}
          </dl>
          <div className="flex flex-wrap gap-2">
            <Button variant="primary" icon={<RotateCw />} loading={busy} onClick={() => onReplay(letter.id)}>
              {t('replay')}
            </Button>
            {letter.summary.integrationId && (
              <LinkButton href={`/integrations/${letter.summary.integrationId}`}>
                {t('openIntegration')}
              </LinkButton>
            )}
          </div>
        </div>
      )}
    </Sheet>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-sm text-muted">{name}</dt>
      <dd className="tabular-nums">{children}</dd>
    </div>
  );
}
