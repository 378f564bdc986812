import 'server-only';
import { ConflictError, ExternalServiceError } from '@/core/errors';
import { provide, singleton } from '@/core/singletons';
import { InboxRepository } from '@/features/inbox/repository';
import { type InboxNetworks, InboxService } from '@/features/inbox/service';
import type { OrganizationRepository } from '@/features/organizations/repository';
import { accountDisconnected, platformConnected } from '@/features/platforms/events';
import type { ProviderContext, PublishingChannel } from '@/features/platforms/providers/types';
import type { PlatformRepository } from '@/features/platforms/repository';
import type { PlatformId } from '@/features/platforms/schema';
import { PlatformService } from '@/features/platforms/service';
import { core } from '../core';
import { listen } from '../listen';

/** The inbox: comments and mentions of every channel. */
const ASK_MS = 30_000;

function contextOf(channel: PublishingChannel): ProviderContext {
  const { channel: facts, limits, credentials, renewCredentials } = channel;
  const deadline = new Date(core.clock.now().getTime() + ASK_MS);
  return {
    channel: facts,
    limits,
    credentials,
    renewCredentials,
    signal: AbortSignal.timeout(ASK_MS),
    deadline,
  };
}

function isExpired(error: unknown): boolean {
  return (
    error instanceof ExternalServiceError && error.kind === 'auth_expired' && error.outcome === 'rejected'
  );
}

/** Whatever fails here, nothing was sent. */
async function beforeSending<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ExternalServiceError)) throw error;
    const { provider, kind, retryable, message } = error;
    throw new ExternalServiceError(
      message,
      { provider, kind, retryable, outcome: 'not_sent' },
      { cause: error },
    );
  }
}

const inboxOf = (platform: PlatformId) => PlatformService.getInstance().provider(platform).capabilities.inbox;

const networks: InboxNetworks = {
  async pull(organizationId, connectionId, since) {
    const channel = await PlatformService.getInstance().publishingContext(organizationId, connectionId);
    const { provider } = channel;
    return provider.inbox ? provider.inbox(contextOf(channel), since) : null;
  },
  async reply(organizationId, connectionId, reply) {
    const channel = await PlatformService.getInstance().publishingContext(organizationId, connectionId);
    const { provider } = channel;
    if (!provider.reply) throw new ConflictError('This network takes no answers from here. Answer there.');
    const context = contextOf(channel);
    const { version } = await beforeSending(() => context.credentials());
    try {
      return await provider.reply(context, reply);
    } catch (error) {
      // Refused for its token alone, so nothing is out: once more with a new one.
      if (!isExpired(error)) throw error;
      await beforeSending(() => context.renewCredentials(version));
      return provider.reply(context, reply);
    }
  },
  async find(organizationId, connectionId, reply) {
    const channel = await PlatformService.getInstance().publishingContext(organizationId, connectionId);
    return (await channel.provider.findReply?.(contextOf(channel), reply)) ?? null;
  },
  repeatable: (platform) => inboxOf(platform)?.repeatable ?? false,
  pace: (platform) => inboxOf(platform)?.pace ?? {},
};

provide('InboxRepository', () => new InboxRepository(core.db));
provide(
  'InboxService',
  () =>
    new InboxService({
      repository: singleton<InboxRepository>('InboxRepository'),
      networks,
      channels: {
        active: (organizationId) =>
          singleton<PlatformRepository>('PlatformRepository').active(organizationId),
      },
      members: {
        isMember: async (organizationId, userId) =>
          (await singleton<OrganizationRepository>('OrganizationRepository').membership(
            organizationId,
            userId,
          )) !== null,
      },
      clock: core.clock,
      ids: core.ids,
    }),
);

const inbox = () => InboxService.getInstance();
core.cron.on('jobs', 'inbox', ({ until, signal }) =>
  inbox().sweep(() => !signal.aborted && core.clock.now() < until),
);
listen(
  platformConnected,
  'inbox.follow',
  ({ organizationId, connectionId, platform }) => inbox().follow(organizationId, connectionId, platform),
  { durable: true },
);
listen(accountDisconnected, 'inbox.unfollow', ({ connectionId }) => inbox().unfollow(connectionId), {
  durable: true,
});
