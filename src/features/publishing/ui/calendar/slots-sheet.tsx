'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus, Trash2 } from 'lucide-react';
import { nanoid } from 'nanoid';
import { useFormatter, useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import type { Connection } from '@/features/platforms/schema';
import { Button } from '@/ui/button';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { IconButton } from '@/ui/icon-button';
import { Input } from '@/ui/input';
import { NetworkMark } from '@/ui/network-mark';
import { Select } from '@/ui/select';
import { Sheet } from '@/ui/sheet';
import { Skeleton } from '@/ui/skeleton';
import { toast } from '@/ui/toast';
import { useAttempt } from '@/ui/use-attempt';
import type { Slot } from '../../slots/schema';

export interface SlotsSheetProps {
  zone: string;
  channels: readonly Connection[];
  canManage: boolean;
  onClose: () => void;
  /** Free slots of the calendar are other ones now. */
  onChanged: () => Promise<unknown>;
}

const KEY = ['slots'];

/** The times of the week at which channels like to post: seen by everybody, set by who manages channels. */
export default function SlotsSheet({ zone, channels, canManage, onClose, onChanged }: SlotsSheetProps) {
  const t = useTranslations('calendar.slots');
  const client = useQueryClient();
  const slots = useQuery({ queryKey: KEY, queryFn: () => api<{ items: Slot[] }>('GET', '/api/slots') });
  const changed = async () => {
    await Promise.all([client.invalidateQueries({ queryKey: KEY }), onChanged()]);
  };
  const remove = async (slot: Slot) => {
    await api('DELETE', `/api/slots/${slot.id}`);
    await changed();
    const { connectionId, weekday, localTime, zone: where, label } = slot;
    const body = { connectionId, weekday, localTime, zone: where, label };
    toast.success(t('removed'), {
      action: {
        label: t('undo'),
        onClick: () =>
          void api('POST', '/api/slots', { body, idempotencyKey: nanoid() }).then(changed, (error: unknown) =>
            toast.error(error instanceof Error ? error.message : t('failed')),
          ),
      },
    });
  };
  return (
    <Sheet open onOpenChange={(open) => !open && onClose()} title={t('title')} description={t('description')}>
      <div className="grid gap-5">
        {canManage && channels.length > 0 && <NewSlot zone={zone} channels={channels} onAdded={changed} />}
        {slots.isPending && <Skeleton className="h-32" />}
        {slots.error && <ErrorState error={slots.error} onRetry={() => void slots.refetch()} compact />}
        {slots.data?.items.length === 0 && <p className="text-sm text-muted">{t('empty')}</p>}
        {channels.map((channel) => (
          <ChannelSlots
            key={channel.id}
            channel={channel}
            slots={(slots.data?.items ?? []).filter((slot) => slot.connectionId === channel.id)}
            onRemove={
              canManage
                ? (slot) =>
                    void remove(slot).catch((error: unknown) =>
                      toast.error(error instanceof Error ? error.message : t('failed')),
                    )
                : null
            }
          />
        ))}
      </div>
    </Sheet>
  );
}

function useWeekdays(): string[] {
  const format = useFormatter();
  // 5 January 2026 is a Monday.
  return Array.from({ length: 7 }, (_, index) =>
    format.dateTime(new Date(Date.UTC(2026, 0, 5 + index, 12)), { weekday: 'long', timeZone: 'UTC' }),
  );
}

function ChannelSlots(props: {
  channel: Connection;
  slots: readonly Slot[];
  onRemove: ((slot: Slot) => void) | null;
}) {
  const { channel, slots, onRemove } = props;
  const t = useTranslations('calendar.slots');
  const weekdays = useWeekdays();
  if (slots.length === 0) return null;
  return (
    <section className="grid gap-1.5">
      <h3 className="flex items-center gap-2 text-sm font-semibold">
        <NetworkMark platform={channel.platform} />
        {channel.displayName}
      </h3>
      <ul className="divide-y divide-line rounded-md border border-line">
        {slots.map((slot) => (
          <li key={slot.id} className="flex items-center gap-3 px-3 py-1.5 text-sm">
            <span className="w-24">{weekdays[slot.weekday - 1]}</span>
            <span className="tabular-nums">{slot.localTime}</span>
            <span className="min-w-0 flex-1 truncate text-muted">
              {[slot.label, slot.zone.replaceAll('_', ' ')].filter(Boolean).join(' · ')}
            </span>
            {onRemove && (
              <IconButton
                size="sm"
                icon={Trash2}
                label={t('remove', { time: `${weekdays[slot.weekday - 1]} ${slot.localTime}` })}
                onClick={() => onRemove(slot)}
              />
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function NewSlot(props: { zone: string; channels: readonly Connection[]; onAdded: () => Promise<void> }) {
  const { zone, channels, onAdded } = props;
  const t = useTranslations('calendar.slots');
  const weekdays = useWeekdays();
  const [slot, setSlot] = useState({
    connectionId: channels[0]?.id ?? '',
    weekday: '1',
    localTime: '09:00',
    label: '',
  });
  const { busy, error, attempt } = useAttempt();
  const add = async () => {
    await attempt(async () => {
      const body = { ...slot, weekday: Number(slot.weekday), zone };
      await api('POST', '/api/slots', { body, idempotencyKey: nanoid() });
      await onAdded();
    });
  };
  return (
    <form
      className="grid gap-3 rounded-lg border border-line p-3 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <Field label={t('channel')}>
        <Select
          value={slot.connectionId}
          onValueChange={(connectionId) => setSlot({ ...slot, connectionId })}
          options={channels.map(({ id, displayName }) => ({ value: id, label: displayName }))}
        />
      </Field>
      <Field label={t('weekday')}>
        <Select
          value={slot.weekday}
          onValueChange={(weekday) => setSlot({ ...slot, weekday })}
          options={weekdays.map((label, index) => ({ value: String(index + 1), label }))}
        />
      </Field>
      <Field label={t('time')} hint={zone.replaceAll('_', ' ')}>
        <Input
          type="time"
          required
          value={slot.localTime}
          onChange={(event) => setSlot({ ...slot, localTime: event.target.value.slice(0, 5) })}
        />
      </Field>
      <Field label={t('label')} hint={t('labelHint')}>
        <Input
          maxLength={60}
          value={slot.label}
          onChange={(event) => setSlot({ ...slot, label: event.target.value })}
        />
      </Field>
      {error !== null && <ErrorState error={error} compact className="sm:col-span-2" />}
      <Button type="submit" icon={Plus} loading={busy} className="justify-self-start">
        {t('add')}
      </Button>
    </form>
  );
}
