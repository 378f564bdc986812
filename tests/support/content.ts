import { randomBytes } from 'node:crypto';
import type { Finding } from '@/features/platforms/finding-schema';
import { PlatformService } from '@/features/platforms/service';

/** A connected account of the practice network. @returns the channel's id. */
export function sandboxChannel(organizationId: string, userId: string): Promise<string> {
  const handle = `shop_${randomBytes(5).toString('hex')}`;
  return PlatformService.getInstance().connectSandbox(organizationId, userId, handle);
}

/** What a refused call answers. */
export interface Refusal {
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
  findings?: Finding[];
  version?: number;
}
