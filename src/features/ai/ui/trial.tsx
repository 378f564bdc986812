'use client';

import { useMutation } from '@tanstack/react-query';
import { Sparkles } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { api } from '@/client/api';
import { useCan } from '@/client/session';
import { Button } from '@/ui/button';
import { CopyButton } from '@/ui/copy-button';
import { ErrorState } from '@/ui/error-state';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Skeleton } from '@/ui/skeleton';
import { providerName } from '../providers.data';
import type { GenerateResponse } from '../schema';

type TrialProps = {
  /** The body of the request; null while something is missing. */
  request: Record<string, unknown> | null;
  /** Why there is nothing to try yet. */
  blocked?: string | undefined;
  /** Tokens it costs at most. */
  price: number;
};

/** Writes once with the version in use and shows what came back, from whom, and what it cost. */
export function Trial({ request, blocked, price }: TrialProps) {
  const t = useTranslations('ai.trial');
  const may = useCan('ai.use');
  const trial = useMutation({
    mutationFn: (body: Record<string, unknown>) =>
      api<GenerateResponse>('POST', '/api/ai/generate', { body, idempotencyKey: crypto.randomUUID() }),
  });
  const reason = may ? blocked : t('notAllowed');
  if (reason) return <p className="text-sm text-muted">{reason}</p>;
  return (
    <div className="grid gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <Button
          icon={Sparkles}
          loading={trial.isPending}
          disabled={request === null}
          onClick={() => request && trial.mutate(request)}
        >
          {t('run')}
        </Button>
        <span className="text-sm text-muted">{t('price', { count: price })}</span>
      </div>
      <div aria-live="polite" aria-busy={trial.isPending || undefined} className="grid gap-3">
        {trial.isPending && <Skeleton className="h-24 w-full" />}
        {trial.error && !trial.isPending && <ErrorState error={trial.error} compact />}
        {trial.data && !trial.isPending && <Answer answer={trial.data} />}
      </div>
    </div>
  );
}

function Answer({ answer }: { answer: GenerateResponse }) {
  const t = useTranslations('ai.trial');
  const { usage, tokens } = answer;
  return (
    <>
      {answer.results.map((result, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the answers of one request never change places
        <div key={index} className="rounded-md border border-line bg-sunken p-3">
          <div className="flex items-start justify-between gap-2">
            <p className="min-w-0 text-base break-words whitespace-pre-wrap">{result.text}</p>
            <CopyButton value={result.text} />
          </div>
          {result.warnings.map((warning) => (
            <p key={warning.message} className="mt-2 text-sm text-warn">
              {warning.message}
            </p>
          ))}
        </div>
      ))}
      <p className="flex flex-wrap items-center gap-2 text-sm text-muted">
        {usage.sandbox ? (
          <SandboxTag />
        ) : (
          t('from', { provider: providerName(usage.provider), model: usage.model })
        )}
        {t('charged', { count: tokens.charged, left: tokens.available })}
      </p>
    </>
  );
}
