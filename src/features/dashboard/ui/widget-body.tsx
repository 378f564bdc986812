'use client';

import type { Connection } from '@/features/platforms/schema';
import { ErrorState } from '@/ui/error-state';
import type { Performance, Widget } from '../schema';
import { CrmWidget } from './crm-widget';
import { BalanceWidget, ChannelsWidget, RecentWidget, UpcomingWidget } from './live-widgets';
import {
  AudienceWidget,
  BestWidget,
  type ChannelName,
  ComparisonWidget,
  EngagementWidget,
} from './results-widgets';
import type { DashboardScope } from './use-dashboard';

/** What every widget may draw from; read once for all of them. */
export interface WidgetData {
  scope: DashboardScope;
  performance: Performance | undefined;
  performanceError: unknown;
  onRetry: () => void;
  channels: readonly Connection[];
  channelsLive: Parameters<typeof ChannelsWidget>[0]['live'];
  channelOf: (connectionId: string) => ChannelName | undefined;
}

type WidgetBodyProps = { widget: Widget; data: WidgetData; onQuery: (query: Widget['query']) => void };

export function WidgetBody({ widget, data, onQuery }: WidgetBodyProps) {
  const { scope, performance, channelOf } = data;
  switch (widget.type) {
    case 'recent':
      return <RecentWidget scope={scope} />;
    case 'upcoming':
      return <UpcomingWidget scope={scope} />;
    case 'channels':
      return <ChannelsWidget channels={data.channels} live={data.channelsLive} />;
    case 'balance':
      return <BalanceWidget organizationId={scope.organizationId} />;
    case 'crm':
      return <CrmWidget organizationId={scope.organizationId} />;
  }
  if (data.performanceError && !performance)
    return <ErrorState error={data.performanceError} onRetry={data.onRetry} compact />;
  switch (widget.type) {
    case 'engagement':
      return (
        <EngagementWidget performance={performance} channelOf={channelOf} widget={widget} onQuery={onQuery} />
      );
    case 'best':
      return <BestWidget performance={performance} channelOf={channelOf} />;
    case 'comparison':
      return <ComparisonWidget performance={performance} channelOf={channelOf} />;
    case 'audience':
      return <AudienceWidget performance={performance} />;
  }
}
