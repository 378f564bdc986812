'use client';

import { useQuery } from '@tanstack/react-query';
import { usePathname, useRouter, useSearchParams } from 'next/navigation';
import { useTranslations } from 'next-intl';
import { type FormEvent, useId, useState } from 'react';
import { api } from '@/client/api';
import type { AccountView, TargetChoice } from '@/features/platforms/schema';
import { Avatar } from '@/ui/avatar';
import { Button } from '@/ui/button';
import { Checkbox } from '@/ui/checkbox';
import { Dialog } from '@/ui/dialog';
import { ErrorState } from '@/ui/error-state';
import { networkName } from '@/ui/network-mark';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { untilGone, useAttempt } from '@/ui/use-attempt';

type Taken = { items: AccountView[] };

/** After a consent that reached several pages or organisations: which of them shall be channels? */
export function TargetChoiceDialog({ organizationId }: { organizationId: string }) {
  const t = useTranslations('platforms.choice');
  const router = useRouter();
  const path = usePathname();
  const choice = useSearchParams().get('choose');
  const found = useQuery({
    queryKey: ['target-choice', organizationId, choice],
    queryFn: () => api<TargetChoice>('GET', `/api/accounts/choices/${encodeURIComponent(choice ?? '')}`),
    enabled: choice !== null,
    retry: false,
  });
  if (choice === null) return null;
  const leave = () => router.replace(path);
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && leave()}
      title={found.data ? t('title', { name: networkName(found.data.platform) }) : t('titlePlain')}
      description={t('body')}
    >
      {found.isPending && (
        <div aria-busy="true" className="grid gap-2">
          {[1, 2, 3].map((row) => (
            <Skeleton key={row} className="h-11" />
          ))}
        </div>
      )}
      {found.isError && <ErrorState compact error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && (
        <ChoiceForm
          found={found.data}
          onSubmit={async (targetIds) => {
            const { items } = await api<Taken>(
              'POST',
              `/api/accounts/choices/${encodeURIComponent(choice)}`,
              {
                body: { targetIds },
              },
            );
            toast.success(t('done', { count: items.length }));
            leave();
            await untilGone();
          }}
        />
      )}
    </Dialog>
  );
}

type ChoiceFormProps = {
  found: TargetChoice;
  onSubmit: (targetIds: string[]) => Promise<void>;
};

function ChoiceForm({ found, onSubmit }: ChoiceFormProps) {
  const t = useTranslations('platforms.choice');
  const label = useId();
  // Channels that are connected already are the likeliest reason to come here again.
  const [chosen, setChosen] = useState(
    () => new Set(found.items.filter((item) => item.connected).map((item) => item.id)),
  );
  const { busy, error, attempt } = useAttempt();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    void attempt(() => onSubmit([...chosen]));
  };
  const toggle = (id: string, checked: boolean) => {
    const next = new Set(chosen);
    if (checked) next.add(id);
    else next.delete(id);
    setChosen(next);
  };
  return (
    <form onSubmit={submit} className="grid gap-4">
      <fieldset aria-labelledby={label}>
        <legend id={label} className="sr-only">
          {t('titlePlain')}
        </legend>
        <ul className="grid max-h-80 divide-y divide-line overflow-y-auto rounded-md border border-line">
          {found.items.map((item) => (
            <li key={item.id} className="flex min-h-11 items-center gap-3 px-3 py-2">
              <Avatar name={item.name} src={item.avatarUrl ?? null} size="sm" />
              <Checkbox
                checked={chosen.has(item.id)}
                onCheckedChange={(checked) => toggle(item.id, checked)}
                label={item.name}
                description={item.connected ? t('connected') : `${t(`kind.${item.kind}`)} · @${item.handle}`}
              />
            </li>
          ))}
        </ul>
      </fieldset>
      {error !== null && <ErrorState compact error={error} />}
      <Button
        type="submit"
        variant="primary"
        loading={busy}
        disabled={chosen.size === 0}
        className="justify-self-end"
      >
        {t('submit', { count: chosen.size })}
      </Button>
    </form>
  );
}
