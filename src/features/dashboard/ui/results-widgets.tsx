'use client';

import { TrendingDown, TrendingUp } from 'lucide-react';
import Link from 'next/link';
import { useFormatter, useTranslations } from 'next-intl';
import { useLiveDoc } from '@/client/use-live-query';
import { postModel } from '@/features/content/schema';
import { LineChart } from '@/ui/chart/line-chart';
import { EmptyState } from '@/ui/empty-state';
import { NetworkMark } from '@/ui/network-mark';
import { RelativeTime } from '@/ui/relative-time';
import { SegmentedControl } from '@/ui/segmented-control';
import { Skeleton } from '@/ui/skeleton';
import { type BestPost, CHART_METRICS, type Performance, type Widget } from '../schema';

export type ChannelName = { name: string; platform: string; sandbox: boolean };

type ResultsProps = {
  performance: Performance | undefined;
  channelOf: (connectionId: string) => ChannelName | undefined;
};

const dayText = (format: ReturnType<typeof useFormatter>, day: string | number) =>
  format.dateTime(new Date(`${day}T12:00:00Z`), { day: 'numeric', month: 'short', timeZone: 'UTC' });

type EngagementProps = ResultsProps & {
  widget: Widget;
  onQuery: (query: Widget['query']) => void;
};

/** One metric over time, with what its line and its odd days say. */
export function EngagementWidget({ performance, widget, onQuery }: EngagementProps) {
  const t = useTranslations('dashboard');
  const format = useFormatter();
  const metric = widget.query.metric ?? 'engagements';
  if (!performance) return <Skeleton className="h-60 w-full" />;
  const label = t(`metric.${metric}`);
  return (
    <div className="grid gap-3">
      <SegmentedControl
        aria-label={t('widget.metric')}
        size="sm"
        value={metric}
        onValueChange={(next) => onQuery({ metric: next })}
        options={CHART_METRICS.map((value) => ({ value, label: t(`metric.${value}`) }))}
        className="max-w-full justify-self-start overflow-x-auto"
      />
      <LineChart
        label={label}
        points={performance.days.map((row) => ({
          x: row.day,
          [metric]: row.sums[metric] ?? (metric === 'posts' ? 0 : null),
        }))}
        series={[{ key: metric, label }]}
        unit={label}
        formatX={(day) => dayText(format, day)}
        height={220}
      />
      <Remarks performance={performance} metric={metric} />
    </div>
  );
}

function Remarks({ performance, metric }: { performance: Performance; metric: string }) {
  const t = useTranslations('dashboard.remarks');
  const format = useFormatter();
  const trend = performance.trends.find((one) => one.metric === metric);
  const odd = performance.anomalies.filter((one) => one.metric === metric).slice(0, 2);
  const told = trend && (trend.direction === 'up' || trend.direction === 'down') && trend.perDay !== null;
  if (!told && odd.length === 0) return null;
  return (
    <ul
      className="grid gap-1 text-sm text-muted"
      title={`${performance.method.trend} ${performance.method.anomaly}`}
    >
      {told && trend.perDay !== null && (
        <li className="flex items-center gap-1.5">
          {trend.direction === 'up' ? (
            <TrendingUp size={16} aria-hidden="true" className="text-ok" />
          ) : (
            <TrendingDown size={16} aria-hidden="true" className="text-danger" />
          )}
          {t(trend.direction === 'up' ? 'up' : 'down', {
            perDay: format.number(Math.abs(trend.perDay), { maximumFractionDigits: 1 }),
          })}
        </li>
      )}
      {odd.map((one) => (
        <li key={one.day}>
          {t(one.score > 0 ? 'high' : 'low', {
            day: dayText(format, one.day),
            value: format.number(one.value),
            expected: format.number(one.expected),
          })}
        </li>
      ))}
    </ul>
  );
}

/** Posts with the most engagements of the period. */
export function BestWidget({ performance, channelOf }: ResultsProps) {
  const t = useTranslations('dashboard');
  if (!performance) return <ListSkeleton />;
  if (performance.best.length === 0)
    return <EmptyState outline="none" title={t('best.empty')} body={t('best.emptyBody')} />;
  return (
    <ol className="grid grid-cols-1">
      {performance.best.map((post) => (
        <BestRow key={post.runId} post={post} channel={channelOf(post.connectionId)} />
      ))}
    </ol>
  );
}

function BestRow({ post, channel }: { post: BestPost; channel: ChannelName | undefined }) {
  const t = useTranslations('dashboard.best');
  const format = useFormatter();
  const { item } = useLiveDoc(postModel, post.postId || null);
  return (
    <li className="flex min-h-11 items-center gap-3 border-t border-line py-1.5 first:border-t-0">
      <NetworkMark platform={post.platform} />
      <div className="min-w-0 flex-1">
        <Link href={`/posts/${post.postId}`} className="block truncate text-sm font-medium hover:underline">
          {item?.master.text.trim() || t('untitled')}
        </Link>
        <p className="truncate text-xs text-muted">
          {channel?.name} · <RelativeTime at={post.publishedAt} />
        </p>
      </div>
      <div className="text-right text-sm tabular-nums">
        <p className="font-medium">{t('engagements', { count: post.engagements })}</p>
        {post.engagementRate !== null && (
          <p className="text-xs text-muted">
            {t('rate', {
              rate: format.number(post.engagementRate, { style: 'percent', maximumFractionDigits: 1 }),
            })}
          </p>
        )}
      </div>
    </li>
  );
}

/** Channels side by side, the strongest first. */
export function ComparisonWidget({ performance, channelOf }: ResultsProps) {
  const t = useTranslations('dashboard');
  const format = useFormatter();
  if (!performance) return <ListSkeleton />;
  if (performance.channels.length === 0)
    return <EmptyState outline="none" title={t('comparison.empty')} body={t('comparison.emptyBody')} />;
  const number = (value: number | null) =>
    value === null ? '–' : format.number(value, { notation: 'compact' });
  return (
    <div className="overflow-x-auto">
      <table className="w-full min-w-100 text-left text-sm">
        <caption className="sr-only">{t('widget.comparison')}</caption>
        <thead className="text-muted">
          <tr>
            <th scope="col" className="h-8 font-normal">
              {t('comparison.channel')}
            </th>
            {(['posts', 'impressions', 'engagements'] as const).map((name) => (
              <th key={name} scope="col" className="h-8 pl-4 text-right font-normal">
                {t(`metric.${name}`)}
              </th>
            ))}
            <th scope="col" className="h-8 pl-4 text-right font-normal">
              {t('figures.followers')}
            </th>
          </tr>
        </thead>
        <tbody className="tabular-nums">
          {performance.channels.map((row) => (
            <tr key={row.connectionId} className="*:h-9 *:border-t *:border-line">
              <th scope="row" className="max-w-44 truncate font-medium">
                {channelOf(row.connectionId)?.name ?? t('comparison.former')}
              </th>
              <td className="pl-4 text-right">{format.number(row.posts)}</td>
              <td className="pl-4 text-right">{number(row.impressions)}</td>
              <td className="pl-4 text-right">{number(row.engagements)}</td>
              <td className="pl-4 text-right">{number(row.followers)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Followers over time. */
export function AudienceWidget({ performance }: Pick<ResultsProps, 'performance'>) {
  const t = useTranslations('dashboard');
  const format = useFormatter();
  if (!performance) return <Skeleton className="h-60 w-full" />;
  return (
    <LineChart
      label={t('widget.audience')}
      points={performance.days.map((row) => ({ x: row.day, followers: row.followers }))}
      series={[{ key: 'followers', label: t('figures.followers') }]}
      unit={t('figures.followers')}
      formatX={(day) => dayText(format, day)}
      height={220}
    />
  );
}

export function ListSkeleton() {
  return (
    <div className="grid gap-2" aria-hidden="true">
      {['a', 'b', 'c', 'd'].map((key) => (
        <Skeleton key={key} className="h-10 w-full" />
      ))}
    </div>
  );
}
