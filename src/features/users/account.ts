import 'server-only';
import type { UserPrincipal } from '@/core/auth/principal';
import { ConflictError, ForbiddenError, ValidationError } from '@/core/errors';
import type { Outbox } from '@/core/events/outbox';
import { zipArchive } from '@/core/http/archive';
import { exportJson } from '@/core/http/download';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { type MediaFiles, mediaFilesOf } from '@/features/organizations/media-files.data';
import { userDeleted } from './events';
import { PERSONAL_COLLECTIONS } from './personal.data';
import type { UserRepository } from './repository';

/** What closing an account needs of the organisations. */
export interface MembershipEnds {
  of(
    userId: string,
  ): Promise<{ organizationId: string; name: string; role: string; members: number; owners: number }[]>;
  leave(organizationId: string, userId: string, displayName: string): Promise<void>;
  /** The person is the only member: the organisation goes with them. */
  condemn(organizationId: string, userId: string): Promise<void>;
}

/** Long enough to read what closing means, too short for a forgotten session at somebody else's desk. */
const FRESH_SIGN_IN_SECONDS = 15 * 60;

/** A person's right to take their data along, and to be gone. */
export class AccountService {
  static getInstance(): AccountService {
    return singleton<AccountService>('AccountService');
  }

  constructor(
    readonly repository: UserRepository,
    readonly memberships: MembershipEnds,
    readonly identity: { deleteUser(userId: string): Promise<void> },
    readonly outbox: Outbox,
    readonly clock: Clock,
    readonly media: MediaFiles,
  ) {}

  /** Everything kept about the person, as a ZIP in pieces: `data.json` and the files they uploaded. */
  export(userId: string): AsyncGenerator<Uint8Array> {
    const uploads = this.repository.personalRows({ name: 'media_assets', field: 'uploadedBy' }, userId);
    return zipArchive(exportJson(this.clock.now(), this.#parts(userId)), mediaFilesOf(uploads, this.media));
  }

  /**
   * Closes the account: leaves every organisation, deletes those that have no other member, erases what is the person's own,
   * then the sign-in itself. Calling it again after a failure goes on where it stopped.
   * @throws ForbiddenError with `reason: sign_in_again` when the sign-in is older than fifteen minutes.
   * @throws ConflictError naming the organisations that would lose their last owner.
   */
  async close(principal: UserPrincipal, confirmEmail: string): Promise<void> {
    const { userId } = principal;
    this.#requireFreshSignIn(principal);
    if (confirmEmail !== principal.email) {
      throw ValidationError.at('body.confirmEmail', `Type ${principal.email} exactly to confirm.`);
    }
    const memberships = await this.memberships.of(userId);
    const orphaned = memberships.filter((one) => one.role === 'owner' && one.owners === 1 && one.members > 1);
    if (orphaned.length > 0) {
      const names = orphaned.map((one) => one.name).join(', ');
      throw new ConflictError(
        `You are the only owner of ${names}. Transfer the ownership, or delete the organisation first.`,
        'conflict',
        {
          details: { organizations: orphaned.map(({ organizationId, name }) => ({ organizationId, name })) },
        },
      );
    }
    const name = (await this.repository.user(userId))?.profile.displayName ?? principal.email ?? userId;
    for (const { organizationId, members } of memberships) {
      if (members === 1) await this.memberships.condemn(organizationId, userId);
      else await this.memberships.leave(organizationId, userId, name);
    }
    for (const collection of PERSONAL_COLLECTIONS.filter((one) => one.erased)) {
      await this.repository.erase(collection, userId);
    }
    await this.repository.eraseOwn(userId);
    await this.repository.run(async (tx) => {
      tx.delete(this.repository.ref(userId));
      this.outbox.append(tx, userDeleted, { userId });
    });
    // The event does it too: a crash here must not leave a sign-in without an account.
    await this.identity.deleteUser(userId);
  }

  #requireFreshSignIn(principal: UserPrincipal): void {
    const age = this.clock.now().getTime() / 1000 - principal.authTime;
    if (age <= FRESH_SIGN_IN_SECONDS) return;
    throw new ForbiddenError(
      'Sign in again, then close your account within a quarter of an hour.',
      'forbidden',
      {
        details: { reason: 'sign_in_again' },
      },
    );
  }

  async *#parts(userId: string): AsyncGenerator<{ name: string; rows: AsyncIterable<unknown> }> {
    yield { name: 'account', rows: this.repository.accountRow(userId) };
    yield* this.repository.ownRows(userId);
    yield { name: 'memberships', rows: this.repository.membershipRows(userId) };
    for (const collection of PERSONAL_COLLECTIONS) {
      yield { name: collection.name, rows: this.repository.personalRows(collection, userId) };
    }
  }
}
