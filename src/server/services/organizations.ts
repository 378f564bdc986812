import 'server-only';
import { provide, singleton } from '@/core/singletons';
import type { CachedDirectory } from '@/features/auth/access-cache';
import { newApiKey } from '@/features/auth/api-key';
import type { FirebaseIdentity } from '@/features/auth/identity';
import type { MediaStore } from '@/features/content/media-store';
import { invitationMails } from '@/features/mail/account-mails';
import { MailService } from '@/features/mail/service';
import { ApiKeyService } from '@/features/organizations/api-keys';
import { AuditLog } from '@/features/organizations/audit';
import type { ChannelBook, OrganizationDeps } from '@/features/organizations/deps';
import { memberLeft } from '@/features/organizations/events';
import { InvitationService } from '@/features/organizations/invitations';
import { OrganizationLifecycle } from '@/features/organizations/lifecycle';
import type { MediaFiles } from '@/features/organizations/media-files.data';
import { MemberService } from '@/features/organizations/members';
import { OrganizationRepository } from '@/features/organizations/repository';
import { OrganizationService, type People } from '@/features/organizations/service';
import { TeamService } from '@/features/organizations/teams';
import { TenantRepository } from '@/features/organizations/tenant-repository';
import type { PlatformRepository } from '@/features/platforms/repository';
import type { TokenService } from '@/features/tokens/service';
import { AccountService } from '@/features/users/account';
import type { UserRepository } from '@/features/users/repository';
import { UserService } from '@/features/users/service';
import { core } from '../core';
import { listen } from '../listen';

/** Organisations: members, invitations, teams, keys, audit, and their end. */
provide('OrganizationRepository', () => new OrganizationRepository(core.db));
provide('AuditLog', () => new AuditLog(core.db, core.clock, core.ids));

const repository = () => singleton<OrganizationRepository>('OrganizationRepository');

const channels: ChannelBook = {
  async unknown(organizationId, ids) {
    const known = await singleton<PlatformRepository>('PlatformRepository').active(organizationId);
    return ids.filter((id) => !known.some((channel) => channel.id === id));
  },
};

const deps = (): OrganizationDeps => ({
  repository: repository(),
  audit: AuditLog.getInstance(),
  outbox: core.outbox,
  access: singleton<CachedDirectory>('CachedDirectory'),
  channels,
  clock: core.clock,
  ids: core.ids,
});

const people: People = {
  async facts(userId) {
    const user = await UserService.getInstance().view(userId, true);
    const { displayName, email, photoURL, timezone, locale } = user;
    return { userId, displayName, email, photoURL, timezone, locale };
  },
  setDefaultOrganization: (userId, organizationId) =>
    UserService.getInstance().setDefaultOrganization(userId, organizationId),
};
const tokens: OrganizationService['tokens'] = {
  openAccount: (owner, tier) => singleton<TokenService>('TokenService').openAccount(owner, tier),
};

provide('OrganizationService', () => new OrganizationService(deps(), tokens, people));
const media: MediaFiles = {
  open: (storagePath) => singleton<MediaStore>('MediaStore').open(storagePath),
  delete: (storagePath) => singleton<MediaStore>('MediaStore').delete(storagePath),
};

provide('MemberService', () => new MemberService(deps()));
provide('TeamService', () => new TeamService(deps()));
provide('ApiKeyService', () => new ApiKeyService(deps(), newApiKey));
provide(
  'OrganizationLifecycle',
  () => new OrganizationLifecycle(deps(), new TenantRepository(core.db), media),
);
provide(
  'InvitationService',
  () => new InvitationService(deps(), core.env.APP_URL, people, invitationMails(MailService.getInstance())),
);

provide(
  'AccountService',
  () =>
    new AccountService(
      singleton<UserRepository>('UserRepository'),
      {
        of: (userId) => MemberService.getInstance().standings(userId),
        leave: (organizationId, userId, displayName) =>
          MemberService.getInstance().leaveAs({ organizationId, userId, displayName }, 'account_deleted'),
        condemn: (organizationId, userId) =>
          OrganizationLifecycle.getInstance().condemn(organizationId, userId),
      },
      singleton<FirebaseIdentity>('Identity'),
      core.outbox,
      core.clock,
      media,
    ),
);

listen(
  memberLeft,
  'users.default_organization',
  ({ userId, organizationId }) => UserService.getInstance().leftOrganization(userId, organizationId),
  { durable: true },
);

core.cron.on('maintenance', 'organizations', ({ until }) =>
  OrganizationLifecycle.getInstance().purgeDue(until),
);
