import 'server-only';
import { provide, singleton } from '@/core/singletons';
import { type AccessDirectory, AccessService } from '@/features/auth/access';
import { FirebaseIdentity } from '@/features/auth/identity';
import { ApiKeyRepository } from '@/features/organizations/api-key-repository';
import { OrganizationRepository } from '@/features/organizations/repository';
import { OrganizationService } from '@/features/organizations/service';
import { UserRepository } from '@/features/users/repository';
import { core } from '../core';

/** Accounts: who people are, what they belong to, what they may do. */
provide('OrganizationRepository', () => new OrganizationRepository(core.db));
provide('ApiKeyRepository', () => new ApiKeyRepository(core.db));
provide('UserRepository', () => new UserRepository(core.db));

const organizations = () => singleton<OrganizationRepository>('OrganizationRepository');
const apiKeys = () => singleton<ApiKeyRepository>('ApiKeyRepository');
const users = () => singleton<UserRepository>('UserRepository');

const directory: AccessDirectory = {
  async membership(organizationId, userId) {
    const found = await organizations().membership(organizationId, userId);
    if (!found) return null;
    const { member, organization } = found;
    return {
      role: member.role,
      channelIds: member.channelIds,
      deleting: organization.deletion !== null,
    };
  },
  async defaultOrganization(userId) {
    return (await users().user(userId))?.defaultOrganizationId ?? null;
  },
  apiKey: (id) => apiKeys().find(id),
  apiKeyUsed: (id, at) => apiKeys().used(id, at),
};

provide('AccessService', () => new AccessService(new FirebaseIdentity(core.auth), directory, core.clock));
provide('OrganizationService', () => new OrganizationService(organizations(), core.clock, core.ids));
