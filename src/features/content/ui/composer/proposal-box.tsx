'use client';
import { Check, RotateCw, X } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useRef } from 'react';
import { Button } from '@/ui/button';
import { cn } from '@/ui/cn';
import { ErrorState } from '@/ui/error-state';
import { FormError } from '@/ui/form-error';
import { SandboxTag } from '@/ui/sandbox-tag';
import type { Proposal } from './use-assistant';

export interface ProposalBoxProps {
  proposal: Proposal;
  onAccept: (text: string) => void;
  onReject: () => void;
  onAgain: () => void;
}

/** The model's text, streamed where it would stand: accept, reject, try again. Escape rejects, Ctrl or Cmd with Enter accepts. */
export function ProposalBox({ proposal, onAccept, onReject, onAgain }: ProposalBoxProps) {
  const t = useTranslations('content.assistant');
  const box = useRef<HTMLDivElement>(null);
  const done = proposal.status === 'done' && proposal.text !== '';
  useEffect(() => {
    box.current?.focus();
  }, []);
  return (
    // biome-ignore lint/a11y/useSemanticElements: it takes keys of its own, which a fieldset should not
    <div
      ref={box}
      role="group"
      aria-label={t('proposal')}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onReject();
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && done) {
          event.stopPropagation();
          onAccept(proposal.text);
        }
      }}
      className="rounded-t-lg bg-iris-tint outline-none"
    >
      <p
        aria-live="polite"
        aria-busy={proposal.status === 'writing'}
        className={cn(
          'min-h-24 px-3 pt-2.5 pb-2 text-lg break-words whitespace-pre-wrap',
          proposal.text === '' && 'text-muted',
        )}
      >
        {proposal.text || t('thinking')}
        {proposal.status === 'writing' && (
          <span
            aria-hidden="true"
            className="ml-0.5 inline-block h-5 w-0.5 animate-pulse bg-coral align-text-bottom"
          />
        )}
      </p>
      {proposal.status === 'failed' && (
        <div className="px-3 pb-2">
          <ErrorState error={proposal.error} safe={t('safe')} compact />
        </div>
      )}
      {proposal.warnings.length > 0 && (
        <div className="grid gap-1 px-3 pb-2">
          {proposal.warnings.map((warning) => (
            <FormError key={`${warning.message} ${warning.excerpt ?? ''}`}>{warning.message}</FormError>
          ))}
        </div>
      )}
      <div className="flex flex-wrap items-center gap-1.5 px-2 pb-2">
        <Button
          size="sm"
          variant="primary"
          icon={Check}
          disabled={!done}
          onClick={() => onAccept(proposal.text)}
        >
          {t('accept')}
        </Button>
        <Button size="sm" icon={X} onClick={onReject}>
          {proposal.status === 'writing' ? t('stop') : t('reject')}
        </Button>
        {proposal.status !== 'writing' && (
          <Button size="sm" variant="ghost" icon={RotateCw} onClick={onAgain}>
            {t('again')}
          </Button>
        )}
        <span className="ml-auto flex items-center gap-2 text-xs text-muted">
          {proposal.charged !== null && t('charged', { count: proposal.charged })}
          {proposal.sandbox && <SandboxTag />}
        </span>
      </div>
    </div>
  );
}
