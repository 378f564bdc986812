'use client';
import { Repeat } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { api } from '@/client/api';
import { useLiveDoc } from '@/client/use-live-query';
import { Button } from '@/ui/button';
import { Card } from '@/ui/card';
import { ConfirmDialog } from '@/ui/confirm-dialog';
import { toast } from '@/ui/toast';
import { type Series, seriesModel } from '../../recurrence/schema';
import type { Post } from '../../schema';
import { repeatOf } from '../composer/repeat-rule';
import { type ContentSession, may } from '../session';

/** The series a post belongs to: how it repeats, whether it goes on, and its end. Live. */
export function SeriesCard(props: {
  post: Post;
  series: NonNullable<Post['series']>;
  session: ContentSession;
}) {
  const { post, session } = props;
  const t = useTranslations('content.series');
  const { item } = useLiveDoc(seriesModel, props.series.id);
  const [asking, setAsking] = useState(false);
  if (!item) return null;
  const mine = item.authorId === session.userId || may(session, 'content.manage');
  const toCome = post.schedule.dueAt !== undefined && post.schedule.dueAt.getTime() > Date.now();
  return (
    <Card>
      <h3 className="flex items-center gap-2 text-sm font-semibold">
        <Repeat size={16} aria-hidden="true" className="text-muted" />
        {t('title')}
      </h3>
      <p className="mt-1 text-sm">
        <Rule series={item} />
      </p>
      {item.problem && <p className="mt-1 text-sm text-danger">{item.problem}</p>}
      {item.status === 'active' && mine && may(session, 'content.publish') && (
        <Button size="sm" className="mt-3" onClick={() => setAsking(true)}>
          {toCome ? t('endHere') : t('end')}
        </Button>
      )}
      <ConfirmDialog
        open={asking}
        onOpenChange={setAsking}
        title={t('endTitle')}
        body={toCome ? t('endHereBody') : t('endBody')}
        confirmLabel={t('end')}
        danger
        onConfirm={async () => {
          await api('DELETE', `/api/recurrences/${item.id}`, {
            ...(toCome ? { query: { from: props.series.localTime } } : {}),
            headers: { 'if-match': `"${item.version}"` },
            idempotencyKey: crypto.randomUUID(),
          });
          toast.success(t('ended'));
        }}
      />
    </Card>
  );
}

function Rule({ series }: { series: Series }) {
  const t = useTranslations('content.series');
  const plan = useTranslations('content.plan.repeats');
  const { repeat, times } = repeatOf(series.rrule, series.localTime);
  const facts = [
    repeat ? plan(repeat) : t('byRule', { rule: series.rrule }),
    ...(times === null ? [] : [t('times', { times })]),
    t('at', { time: series.localTime.slice(11, 16), zone: series.zone.replaceAll('_', ' ') }),
    ...(series.status === 'ended' ? [t('over', { day: (series.endsBefore ?? '').slice(0, 10) })] : []),
  ];
  return facts.join(' · ');
}
