import 'server-only';
import type { Env } from '@/core/config/env';
import type { OutboundHttp } from '@/core/http/outbound';
import type { ResilienceService } from '@/core/resilience/policy';
import type { Clock } from '@/core/time/clock';
import type { CallGate } from '../limits/gate';

/** What a vendor's file gets to work with. */
export interface VendorDependencies {
  http: OutboundHttp;
  resilience: ResilienceService;
  clock: Clock;
  env: Env;
  /** Counts every call in the limits of its connection. Without it nothing is limited: for tests of a vendor's shapes alone. */
  gate?: Pick<CallGate, 'admit'>;
}
