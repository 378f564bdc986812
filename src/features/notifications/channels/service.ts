import 'server-only';
import type { AuditTrail } from '@/core/auth/audit-trail';
import type { Actor } from '@/core/auth/principal';
import type { EncryptionService } from '@/core/crypto/encryption';
import type { Page, PageQuery } from '@/core/db/cursor';
import { ConflictError, ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import { addressFault, targetFacts } from './addresses';
import type { ChannelDeliverer } from './deliverer';
import { CHANNEL_EVENT_NAMES, severitiesOf } from './events.data';
import {
  channelSecretContext,
  MAX_CHANNELS,
  type NotificationChannel,
  type NotificationChannelRepository,
} from './repository';
import {
  type ChangeChannelBody,
  type ChannelRule,
  type ChannelSecret,
  type ChannelView,
  type CreateChannelBody,
  channelView,
  type EventChoiceView,
  type MessageView,
  messageView,
  type SecretBody,
} from './schema';

export interface NotificationChannelDeps {
  repository: NotificationChannelRepository;
  deliverer: ChannelDeliverer;
  encryption: EncryptionService;
  audit: AuditTrail;
  /** Why an address may not be called; undefined when it may. */
  refusal: (url: string) => Promise<string | undefined>;
  /** Hosts beyond those of the vendors (`NOTIFICATION_CHANNEL_HOSTS`). */
  extraHosts: readonly string[];
  /** Whoever runs this installation hears of its alerts (`ALERT_ORGANIZATION_ID`). */
  operatorOrganizationId: string | null;
  ids: Ids;
}

/** Slack and Teams channels of an organisation: addresses, what they hear of, and the log of messages. */
export class NotificationChannelService {
  static getInstance(): NotificationChannelService {
    return singleton<NotificationChannelService>('NotificationChannelService');
  }

  constructor(readonly deps: NotificationChannelDeps) {}

  async list(organizationId: string): Promise<ChannelView[]> {
    const found = await this.deps.repository.channels(organizationId);
    return found.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime()).map(viewOf);
  }

  async get(organizationId: string, id: string): Promise<ChannelView> {
    return viewOf(present(await this.deps.repository.channel(organizationId, id)));
  }

  /** What this organisation may choose from. */
  choices(organizationId: string): EventChoiceView[] {
    return CHANNEL_EVENT_NAMES.filter(
      (event) => event !== 'installation.alert' || organizationId === this.deps.operatorOrganizationId,
    ).map((event) => ({ event, severities: [...severitiesOf(event)] }));
  }

  /**
   * Adds a channel. Its address or token is never answered again.
   * @throws ValidationError at `body.target.url` for an address we may not call, with the reason.
   */
  async create(actor: Actor, input: CreateChannelBody): Promise<ChannelView> {
    const { repository, audit, ids } = this.deps;
    this.#requireAllowed(actor, input.rules, []);
    await this.#requireCallable(input.target);
    const id = ids.next();
    const { target, ...wishes } = input;
    const { secret, ...shown } = targetFacts(target);
    const payload = await this.#seal(actor.organizationId, id, secret);
    await repository.run(async (tx) => {
      if ((await repository.countIn(tx, actor.organizationId)) >= MAX_CHANNELS)
        throw new ConflictError(`An organisation has at most ${MAX_CHANNELS} channels. Delete one first.`);
      tx.create(repository.secretRef(id), {
        organizationId: actor.organizationId,
        kind: 'notification_channel',
        payload,
      });
      tx.create(repository.channelRef(id), {
        organizationId: actor.organizationId,
        kind: target.kind,
        ...wishes,
        ...shown,
        ...{ status: 'active', disabledReason: null, failureCount: 0, failingSince: null },
        ...{ lastDeliveredAt: null, lastError: null, nextSendAt: null, heldUntil: null },
        createdBy: actor.userId,
      });
      audit.append(
        tx,
        actor,
        entry('notification_channel.created', id, input.name, { kind: target.kind, host: shown.host }),
      );
    });
    return this.get(actor.organizationId, id);
  }

  /** Changes address, choices or state. Switching it on again forgets its failures; what failed meanwhile can be sent again. */
  async change(actor: Actor, id: string, input: ChangeChannelBody): Promise<ChannelView> {
    const { repository, audit } = this.deps;
    const before = present(await repository.channel(actor.organizationId, id));
    if (input.rules) this.#requireAllowed(actor, input.rules, before.rules);
    if (input.target && input.target.kind !== before.kind)
      throw ValidationError.at('body.target.kind', 'A channel stays what it is. Add another one instead.');
    if (input.target) await this.#requireCallable(input.target);
    const { target, enabled, ...wishes } = input;
    const facts = target ? targetFacts(target) : null;
    const payload = facts ? await this.#seal(actor.organizationId, id, facts.secret) : null;
    await repository.run(async (tx) => {
      present(await repository.channelIn(tx, actor.organizationId, id));
      if (payload) tx.update(repository.secretRef(id), { payload });
      tx.update(repository.channelRef(id), {
        ...defined(wishes),
        ...(facts ? { host: facts.host, hint: facts.hint, slackChannel: facts.slackChannel } : {}),
        // A new address has failed nobody yet.
        ...(enabled === true || (facts && before.status !== 'disabled') ? FRESH : {}),
        ...(enabled === false ? { status: 'disabled' as const, disabledReason: 'person' as const } : {}),
      });
      audit.append(
        tx,
        actor,
        entry('notification_channel.changed', id, input.name ?? before.name, changedFacts(input)),
      );
    });
    return this.get(actor.organizationId, id);
  }

  /** Ends a channel at once. Its log stays until it expires. */
  delete(actor: Actor, id: string): Promise<void> {
    const { repository, audit } = this.deps;
    return repository.run(async (tx) => {
      const known = present(await repository.channelIn(tx, actor.organizationId, id));
      tx.delete(repository.channelRef(id));
      tx.delete(repository.secretRef(id));
      audit.append(tx, actor, entry('notification_channel.deleted', id, known.name));
    });
  }

  /** Sends a test message now, once, and says what the vendor said. */
  async test(actor: Actor, id: string): Promise<MessageView> {
    const channel = present(await this.deps.repository.channel(actor.organizationId, id));
    return messageView.parse(await this.deps.deliverer.test(channel));
  }

  async messages(organizationId: string, id: string, query: PageQuery): Promise<Page<MessageView>> {
    present(await this.deps.repository.channel(organizationId, id));
    const page = await this.deps.repository.messages(organizationId, id, query);
    return { items: page.items.map((one) => messageView.parse(one)), cursor: page.cursor };
  }

  /** Sends a message again that did not get through. @throws ConflictError while the channel is off, or when it did. */
  async replay(actor: Actor, id: string, messageId: string): Promise<MessageView> {
    const { repository, deliverer } = this.deps;
    const channel = present(await repository.channel(actor.organizationId, id));
    if (channel.status === 'disabled')
      throw new ConflictError('This channel is switched off. Switch it on first, then send it again.');
    const message = await repository.message(messageId);
    if (message?.organizationId !== actor.organizationId || message.channelId !== id)
      throw new NotFoundError('This message');
    return messageView.parse(await deliverer.replay(message.id));
  }

  /** Alerts of the installation concern whoever runs it, and there its owners. */
  #requireAllowed(actor: Actor, rules: readonly ChannelRule[], known: readonly ChannelRule[]): void {
    const alerts = (list: readonly ChannelRule[]) => list.find(({ event }) => event === 'installation.alert');
    const [wanted, had] = [alerts(rules), alerts(known)];
    if (wanted?.severity === had?.severity) return;
    const offered = actor.organizationId === this.deps.operatorOrganizationId;
    if (wanted && !offered)
      throw ValidationError.at(
        'body.rules',
        'Alerts of the installation go to the organisation that runs it.',
      );
    if (actor.role !== 'owner')
      throw new ForbiddenError('Only an owner may send alerts of the installation to a channel.');
  }

  async #requireCallable(target: SecretBody): Promise<void> {
    if (target.kind === 'slack_bot') return;
    const fault = addressFault(target.kind, target.url, this.deps.extraHosts);
    const reason = fault ?? (await this.deps.refusal(target.url));
    if (reason) throw ValidationError.at('body.target.url', reason);
  }

  #seal(organizationId: string, id: string, secret: ChannelSecret): Promise<string> {
    return this.deps.encryption.encryptJson(secret, channelSecretContext(organizationId, id));
  }
}

const FRESH = {
  ...({ status: 'active', disabledReason: null, failureCount: 0, failingSince: null } as const),
  ...{ lastError: null, heldUntil: null },
};

function viewOf(channel: NotificationChannel): ChannelView {
  return channelView.parse(channel);
}

/** Without what was not given. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function changedFacts({ target, rules, quietHours, ...plain }: ChangeChannelBody) {
  return {
    ...defined(plain),
    ...(target ? { address: 'replaced' } : {}),
    ...(rules ? { rules: rules.map(({ event, severity }) => `${event}:${severity}`) } : {}),
    ...(quietHours === undefined ? {} : { quietHours: quietHours && `${quietHours.from}–${quietHours.to}` }),
  };
}

function entry(
  action: string,
  id: string,
  label: string,
  facts?: Record<string, string | string[] | boolean | null>,
) {
  const target = { type: 'notification_channel', id, label };
  return { action, target, ...(facts ? { facts } : {}) };
}

/** Somebody else's channel does not exist here. @throws NotFoundError */
function present<T>(found: T | null): T {
  if (found === null) throw new NotFoundError('This channel');
  return found;
}
