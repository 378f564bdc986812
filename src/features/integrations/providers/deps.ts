import 'server-only';
import type { Env } from '@/core/config/env';
import type { OutboundRequest } from '@/core/http/outbound';
import type { OutboundResponse } from '@/core/http/outbound-response';
import type { ResilienceService } from '@/core/resilience/policy';
import type { Clock } from '@/core/time/clock';
import type { CallGate } from '../limits/gate';

/** What carries calls: the product's HTTP client, or one that stays inside the process. */
export interface VendorTransport {
  request(
    request: OutboundRequest,
  ): Promise<Pick<OutboundResponse, 'status' | 'ok' | 'headers'> & { text(): Promise<string> }>;
}

/** What a vendor's file gets to work with. */
export interface VendorDependencies {
  http: VendorTransport;
  resilience: ResilienceService;
  clock: Clock;
  env: Env;
  /** Counts every call in the limits of its connection. Without it nothing is limited: for tests of a vendor's shapes alone. */
  gate?: Pick<CallGate, 'admit'>;
}
