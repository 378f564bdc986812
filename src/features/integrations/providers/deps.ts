import 'server-only';
import type { Env } from '@/core/config/env';
import type { OutboundHttp } from '@/core/http/outbound';
import type { ResilienceService } from '@/core/resilience/policy';
import type { Clock } from '@/core/time/clock';

/** What a vendor's file gets to work with. */
export interface VendorDependencies {
  http: OutboundHttp;
  resilience: ResilienceService;
  clock: Clock;
  env: Env;
}
