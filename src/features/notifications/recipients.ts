import type { NotificationData } from './schema';
import type { NotifyOptions } from './service';
import type { NotificationType } from './types.data';

/** Who is told about what happens in an organisation. */
export interface Recipients {
  /**
   * The author where they still are a member, else whoever may manage content. With `everyone`, both.
   * Never empty for an organisation that exists.
   */
  ofPost(organizationId: string, authorId: string, everyone: boolean): Promise<readonly string[]>;
  /** Its owner and, with `admins`, its admins. */
  leaders(organizationId: string, admins: boolean): Promise<readonly string[]>;
  /** Those of them who belong to the organisation today. */
  stillMembers(organizationId: string, userIds: readonly string[]): Promise<readonly string[]>;
  /** As people know them. */
  nameOf(userId: string): Promise<string>;
}

/** Tells each of them the same. */
export type TellAll = (
  people: readonly string[],
  type: NotificationType,
  data: NotificationData,
  options: NotifyOptions,
) => Promise<void>;
