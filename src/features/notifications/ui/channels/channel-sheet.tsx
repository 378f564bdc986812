'use client';
import { Pencil, Send, Trash2 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { Badge } from '@/ui/badge';
import { Button } from '@/ui/button';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { ErrorState } from '@/ui/error-state';
import { Sheet } from '@/ui/sheet';
import { Switch } from '@/ui/switch';
import { useAttempts } from '@/ui/use-attempt';
import type { MessageView } from '../../channels/schema';
import { CHANNEL_TONES, type Channel, whereOf } from './channel';
import { ChannelDialog } from './channel-dialog';
import { MessageLog } from './message-log';

/** One channel: its state, a test, and what was sent to it. */
export function ChannelSheet({ channel, onClose }: { channel: Channel | null; onClose: () => void }) {
  const t = useTranslations('notify');
  return (
    <Sheet open={channel !== null} onOpenChange={(open) => !open && onClose()} title={t('detail')}>
      {channel && <ChannelDetail key={channel.id} channel={channel} onDeleted={onClose} />}
    </Sheet>
  );
}

function ChannelDetail({ channel, onDeleted }: { channel: Channel; onDeleted: () => void }) {
  const t = useTranslations('notify');
  const path = `/api/notifications/channels/${channel.id}` as const;
  const [dialog, setDialog] = useState<'edit' | 'delete' | null>(null);
  const [tested, setTested] = useState<MessageView | null>(null);
  const { busy, error, attempt } = useAttempts<'test' | 'switch'>();
  const close = () => setDialog(null);
  const act: typeof attempt = (what, work) => {
    setTested(null);
    return attempt(what, work);
  };
  const test = async () => setTested(await api<MessageView>('POST', `${path}/test`));
  return (
    <div className="grid gap-5">
      <ChannelFacts channel={channel} />
      <Switch
        label={t('enabled')}
        description={t('enabledHint')}
        checked={channel.status !== 'disabled'}
        disabled={busy === 'switch'}
        onCheckedChange={(on) => void act('switch', () => api('PATCH', path, { body: { enabled: on } }))}
      />
      <div className="flex flex-wrap gap-2">
        <Button icon={Send} loading={busy === 'test'} onClick={() => void act('test', test)}>
          {t('test')}
        </Button>
        <Button icon={Pencil} onClick={() => setDialog('edit')}>
          {t('edit')}
        </Button>
        <Button icon={Trash2} variant="ghost" onClick={() => setDialog('delete')}>
          {t('delete')}
        </Button>
      </div>
      {tested && <TestResult message={tested} />}
      {error !== null && <ErrorState error={error} compact />}
      <section className="grid gap-2">
        <h3 className="text-sm font-medium">{t('log')}</h3>
        <MessageLog channel={channel} />
      </section>
      {dialog === 'edit' && <ChannelDialog channel={channel} onClose={close} />}
      <ConfirmDialog
        open={dialog === 'delete'}
        onOpenChange={close}
        title={t('deleteTitle')}
        body={t('deleteBody')}
        confirmLabel={t('delete')}
        danger
        onConfirm={async () => {
          await api('DELETE', path);
          onDeleted();
        }}
      />
    </div>
  );
}

function ChannelFacts({ channel }: { channel: Channel }) {
  const t = useTranslations('notify');
  const reason = channel.status === 'disabled' ? (channel.disabledReason ?? 'person') : channel.status;
  return (
    <div className="grid gap-2">
      <p className="text-base font-medium break-words">{channel.name}</p>
      <p className="text-sm text-muted">
        {t(`kinds.${channel.kind}`)} <code className="font-mono text-xs break-all">{whereOf(channel)}</code>{' '}
        {t('ends', { hint: channel.hint })}
      </p>
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={CHANNEL_TONES[channel.status]}>{t(`state.${channel.status}`)}</Badge>
        <span className="text-sm text-muted">{t(`reason.${reason}`)}</span>
      </div>
      {channel.lastError && <p className="text-sm break-words text-danger">{channel.lastError}</p>}
    </div>
  );
}

/** In the vendor's own words. */
function TestResult({ message }: { message: MessageView }) {
  const t = useTranslations('notify');
  const attempt = message.attempts.at(-1);
  const arrived = message.status === 'delivered' || message.status === 'accepted';
  const outcome = message.status === 'accepted' ? 'testAccepted' : arrived ? 'testOk' : 'testFailed';
  return (
    <div role="status" className="grid gap-1 rounded-md border border-line p-3 text-sm">
      <p className={arrived ? 'text-ok' : 'text-danger'}>{t(outcome)}</p>
      {attempt?.error && <p className="break-words">{attempt.error}</p>}
      {attempt && !attempt.error && attempt.said && (
        <p className="break-words text-muted">{t('said', { said: attempt.said })}</p>
      )}
    </div>
  );
}
