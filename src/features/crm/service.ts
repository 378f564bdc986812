import 'server-only';
import type { Actor } from '@/core/auth/principal';
import { derivedId } from '@/core/crypto/derived-id';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Tx } from '@/core/db/db';
import { ConflictError, NotFoundError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { Clock } from '@/core/time/clock';
import { edited } from './edit';
import type { CRMRepository, CrmRecord } from './repository';
import {
  type ActivityBody,
  CRM_ENTITIES,
  type CreateRecordBody,
  type CrmEntity,
  type EditableField,
  type EditRecordBody,
  type RecordDetailView,
  type RecordQuery,
  type RecordTarget,
  type RecordView,
} from './schema';

/** What stands between a record here and its vendor; the integrations' room implements it. */
export interface RecordOutlet {
  editable(record: CrmRecord): Promise<EditableField[]>;
  /** The values as they are stored. @throws ValidationError at `body.fields.<name>` for one that cannot be taken. */
  checked(record: CrmRecord, fields: Record<string, unknown>): Promise<Record<string, unknown>>;
  /** Connections that take a new record of this kind. */
  targets(organizationId: string, entity: CrmEntity): Promise<RecordTarget[]>;
  /** Values of a new record as they are stored. @throws ValidationError at `body.fields.<name>`, NotFoundError. */
  checkedNew(
    organizationId: string,
    body: CreateRecordBody,
  ): Promise<{ platform: string; fields: Record<string, unknown> }>;
  /** A new record's way to its vendor. Reads at once and writes when called. @throws ConflictError when it is not connected. */
  createIn(
    tx: Tx,
    record: { id: string; organizationId: string; connectionId: string; entity: CrmEntity },
  ): Promise<() => void>;
  /** Marks it as due at its vendor. Reads at once and writes when called. @throws ConflictError when it is not connected. */
  dueIn(tx: Tx, record: CrmRecord): Promise<() => void>;
}

export interface CrmDeps {
  repository: CRMRepository;
  outlet: RecordOutlet;
  clock: Clock;
  ids: Ids;
}

/** Contacts, companies and deals of an organisation, whichever CRM they come from. */
export class CRMService {
  static getInstance(): CRMService {
    return singleton<CRMService>('CRMService');
  }

  constructor(readonly deps: CrmDeps) {}

  async list(organizationId: string, query: RecordQuery): Promise<Page<RecordView>> {
    const { items, cursor } = await this.deps.repository.page(organizationId, query);
    return { items: items.map(toView), cursor };
  }

  contacts(organizationId: string, query: Omit<RecordQuery, 'entity'>): Promise<Page<RecordView>> {
    return this.list(organizationId, { ...query, entity: 'contact' });
  }

  companies(organizationId: string, query: Omit<RecordQuery, 'entity'>): Promise<Page<RecordView>> {
    return this.list(organizationId, { ...query, entity: 'company' });
  }

  deals(organizationId: string, query: Omit<RecordQuery, 'entity'>): Promise<Page<RecordView>> {
    return this.list(organizationId, { ...query, entity: 'deal' });
  }

  leads(organizationId: string, query: Omit<RecordQuery, 'entity'>): Promise<Page<RecordView>> {
    return this.list(organizationId, { ...query, entity: 'lead' });
  }

  opportunities(organizationId: string, query: Omit<RecordQuery, 'entity'>): Promise<Page<RecordView>> {
    return this.list(organizationId, { ...query, entity: 'opportunity' });
  }

  /** What happened with a record, newest first. @throws NotFoundError for a record of somebody else. */
  async activities(organizationId: string, recordId: string, page: PageQuery): Promise<Page<RecordView>> {
    const { repository } = this.deps;
    present(await repository.get(organizationId, recordId));
    const { items, cursor } = await repository.activities(organizationId, recordId, page);
    return { items: items.map(toView), cursor };
  }

  /** A record, with the fields that people may change. */
  async get(organizationId: string, id: string): Promise<RecordDetailView> {
    const { repository, outlet } = this.deps;
    const record = present(await repository.get(organizationId, id));
    return { ...toView(record), editable: await outlet.editable(record) };
  }

  /**
   * Changes fields here; the vendor gets them soon. Values that stay write nothing.
   * @param version the one the caller read.
   * @throws ConflictError `stale_version` when the record changed meanwhile.
   */
  async edit(
    actor: Pick<Actor, 'organizationId' | 'userId'>,
    id: string,
    version: number,
    { fields }: EditRecordBody,
  ): Promise<RecordDetailView> {
    const { repository, outlet, clock } = this.deps;
    const { organizationId, userId } = actor;
    const checked = await outlet.checked(present(await repository.get(organizationId, id)), fields);
    await repository.run(async (tx) => {
      const record = present(await repository.getOwnIn(tx, organizationId, id));
      if (record.version !== version)
        throw new ConflictError('This record changed meanwhile. Load it again.', 'stale_version');
      if (record.status === 'merged')
        throw new ConflictError('This record was merged into another one. Change that one.');
      if (record.status === 'deleted')
        throw new ConflictError('This record was deleted at its vendor and cannot be changed.');
      const stored = edited(record, checked, { actor: userId, stamp: clock.now().getTime() });
      if (!stored) return;
      const due = await outlet.dueIn(tx, record);
      repository.changeIn(tx, record, { stored, sync: record.sync === 'conflict' ? 'conflict' : 'due' });
      due();
    });
    return this.get(organizationId, id);
  }

  /** Connected CRMs that take a new record of this kind, with the fields to fill in. */
  async targets(organizationId: string, entity: CrmEntity): Promise<{ items: RecordTarget[] }> {
    return { items: await this.deps.outlet.targets(organizationId, entity) };
  }

  /** Makes a record here; its vendor gets it soon. */
  async create(
    actor: Pick<Actor, 'organizationId' | 'userId'>,
    body: CreateRecordBody,
  ): Promise<RecordDetailView> {
    const { repository, outlet, clock, ids } = this.deps;
    const { organizationId, userId } = actor;
    const { entity, connectionId } = body;
    const { platform, fields } = await outlet.checkedNew(organizationId, body);
    const id = ids.next('rec');
    await repository.run(async (tx) => {
      const stored = edited({ fields: {}, provenance: {} }, fields, {
        actor: userId,
        stamp: clock.now().getTime(),
      });
      const due = await outlet.createIn(tx, { id, organizationId, connectionId, entity });
      repository.writeIn(
        tx,
        { id, organizationId, connectionId, platform, entity, externalId: '' },
        {
          ...{ fields: stored?.fields ?? {}, provenance: stored?.provenance ?? {} },
          ...{ externalUrl: null, issues: [], deleted: false, externalUpdatedAt: null, sync: 'due' },
        },
        null,
      );
      due();
    });
    return this.get(organizationId, id);
  }

  /** How many of each there are. */
  async totals(organizationId: string): Promise<Record<(typeof CRM_ENTITIES)[number], number>> {
    const counted = await Promise.all(
      CRM_ENTITIES.map(async (entity) => [entity, await this.deps.repository.count(organizationId, entity)]),
    );
    return Object.fromEntries(counted);
  }

  /**
   * Notes that something happened with a record, such as a comment of this person.
   * @param key the same key notes it once, however often it is told.
   */
  async updateLeadActivity(
    actor: Pick<Actor, 'organizationId' | 'userId'>,
    recordId: string,
    { kind, text, at }: ActivityBody,
    key: string = this.deps.ids.next(),
  ): Promise<RecordView> {
    const { repository, clock } = this.deps;
    const { organizationId, userId } = actor;
    const id = `act_${derivedId([organizationId, recordId, key], 36)}`;
    const standing = await repository.run(async (tx) => {
      const record = present(await repository.standingIn(tx, organizationId, recordId));
      if (record.entity === 'activity') throw new NotFoundError('This record');
      await repository.addActivity(tx, record, { id, kind, text, at: at ?? clock.now(), actor: userId });
      return record.id;
    });
    return this.get(organizationId, standing);
  }
}

function toView({
  organizationId: _o,
  terms: _t,
  sortTitle: _s,
  blocks: _b,
  ...view
}: CrmRecord): RecordView {
  return view;
}

/** Somebody else's record does not exist here. @throws NotFoundError */
function present(found: CrmRecord | null): CrmRecord {
  if (!found) throw new NotFoundError('This record');
  return found;
}
