import 'server-only';
import { z } from 'zod';
import { ExternalServiceError } from '@/core/errors';
import type { VendorPage, VendorRecord, VendorSession } from '../types';
import type { SlackApi } from './api';

/** What Slack recommends at most; fewer may come on a page that is not the last. */
const PAGE = '200';
const ABSENT = new Set(['channel_not_found', 'user_not_found', 'user_not_visible']);

const metadata = z.object({ next_cursor: z.string().default('') }).default({ next_cursor: '' });
const channelSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  /** Seconds. */
  created: z.number(),
  /** Milliseconds; older answers have none. */
  updated: z.number().optional(),
});
const userSchema = z.looseObject({
  id: z.string(),
  name: z.string(),
  deleted: z.boolean().default(false),
  /** Seconds. */
  updated: z.number().default(0),
  profile: z
    .looseObject({ real_name: z.string().optional(), display_name: z.string().optional() })
    .default({}),
});
type User = z.output<typeof userSchema>;

const channelList = z.object({ channels: z.array(channelSchema), response_metadata: metadata });
const userList = z.object({ members: z.array(userSchema), response_metadata: metadata });
const oneChannel = z.object({ channel: channelSchema });
const oneUser = z.object({ user: userSchema });

/** Reads the public channels and the people of a workspace. */
export class SlackRecords {
  constructor(readonly api: SlackApi) {}

  async fetchAll(session: VendorSession, entity: string, cursor: string | null): Promise<VendorPage> {
    if (entity === 'channel') return this.#channels(session, cursor);
    const { users, next } = await this.#users(session, cursor);
    return { records: users.filter(({ deleted }) => !deleted).map(personOf), next };
  }

  /** People whose account was closed stay in the list, marked. A channel is archived, not deleted: it stays a record. */
  async fetchDeleted(session: VendorSession, entity: string, cursor: string | null) {
    if (entity === 'channel') return { ids: [], next: null };
    const { users, next } = await this.#users(session, cursor);
    return { ids: users.filter(({ deleted }) => deleted).map(({ id }) => id), next };
  }

  /** Slack gives them one by one. */
  async fetchByIds(
    session: VendorSession,
    entity: string,
    ids: readonly string[],
  ): Promise<readonly VendorRecord[]> {
    const found: VendorRecord[] = [];
    for (const id of ids) {
      const record = await this.#one(session, entity, id);
      if (record) found.push(record);
    }
    return found;
  }

  async #one(session: VendorSession, entity: string, id: string): Promise<VendorRecord | null> {
    try {
      if (entity === 'channel') {
        const answer = await this.api.read(session, 'conversations.info', { channel: id });
        return channelOf(this.api.shaped(oneChannel, answer.body).channel);
      }
      const { user } = this.api.shaped(
        oneUser,
        (await this.api.read(session, 'users.info', { user: id })).body,
      );
      return user.deleted ? null : personOf(user);
    } catch (error) {
      if (error instanceof ExternalServiceError && ABSENT.has(error.vendorCode ?? '')) return null;
      throw error;
    }
  }

  async #channels(session: VendorSession, cursor: string | null): Promise<VendorPage> {
    const answer = await this.api.read(session, 'conversations.list', {
      types: 'public_channel',
      exclude_archived: 'false',
      limit: PAGE,
      ...(cursor ? { cursor } : {}),
    });
    const { channels, response_metadata } = this.api.shaped(channelList, answer.body);
    return { records: channels.map(channelOf), next: response_metadata.next_cursor || null };
  }

  async #users(session: VendorSession, cursor: string | null) {
    const query = { limit: PAGE, ...(cursor ? { cursor } : {}) };
    const answer = await this.api.read(session, 'users.list', query);
    const { members: users, response_metadata } = this.api.shaped(userList, answer.body);
    return { users, next: response_metadata.next_cursor || null };
  }
}

function channelOf(channel: z.output<typeof channelSchema>): VendorRecord {
  const updatedAt = new Date(channel.updated ?? channel.created * 1000);
  const created = new Date(channel.created * 1000).toISOString();
  return { externalId: channel.id, data: { ...channel, created }, updatedAt };
}

/** People choose what they are called; the account's own name is the last resort. */
function personOf(user: User): VendorRecord {
  const called = [user.profile.display_name, user.profile.real_name].find((name) => name?.trim());
  return {
    externalId: user.id,
    data: { ...user, called: called ?? user.name },
    updatedAt: new Date(user.updated * 1000),
  };
}
