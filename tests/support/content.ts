import { randomBytes } from 'node:crypto';
import type { Finding } from '@/features/platforms/finding-schema';
import { PlatformService } from '@/features/platforms/service';

/** A name that no account of the practice network has yet. */
export const newHandle = () => `shop_${randomBytes(5).toString('hex')}`;

/** A connected account of the practice network. @returns the channel's id. */
export const sandboxChannel = (
  organizationId: string,
  userId: string,
  handle = newHandle(),
): Promise<string> => PlatformService.getInstance().connectSandbox(organizationId, userId, handle);

/** What a refused call answers. */
export interface Refusal {
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
  findings?: Finding[];
  version?: number;
}
