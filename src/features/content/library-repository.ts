import 'server-only';
import { FieldValue } from 'firebase-admin/firestore';
import type { Page, PageQuery } from '@/core/db/cursor';
import type { Db, PatchOf } from '@/core/db/db';
import type { NewDoc } from '@/core/db/model';
import {
  type Campaign,
  type ContentTemplate,
  campaignModel,
  type ListTemplatesQuery,
  templateModel,
} from './library-schema';

/** `null` removes a field. */
export type Cleared<T> = { [K in keyof T]?: T[K] | null | undefined };

/** Campaigns, templates, signatures and groups of hashtags of an organisation. */
export class LibraryRepository {
  constructor(readonly db: Db) {}

  async campaign(organizationId: string, id: string): Promise<Campaign | null> {
    const found = await this.db.get(this.db.doc(campaignModel, id));
    return found?.organizationId === organizationId ? found : null;
  }

  async exists(organizationId: string, id: string): Promise<boolean> {
    return (await this.campaign(organizationId, id)) !== null;
  }

  async nameOf(organizationId: string, id: string): Promise<string | undefined> {
    return (await this.campaign(organizationId, id))?.name;
  }

  campaigns(organizationId: string, query: PageQuery): Promise<Page<Campaign>> {
    const rows = this.db.collection(campaignModel).where('organizationId', '==', organizationId);
    return this.db.page(rows, query, { field: 'createdAt' });
  }

  /** As many as anybody gives names to. */
  everyCampaign(organizationId: string): Promise<Campaign[]> {
    return this.db.find(
      this.db.collection(campaignModel).where('organizationId', '==', organizationId).limit(1_000),
    );
  }

  createCampaign(id: string, campaign: NewDoc<typeof campaignModel>): Promise<unknown> {
    return this.db.create(this.db.doc(campaignModel, id), campaign);
  }

  changeCampaign(id: string, change: Cleared<NewDoc<typeof campaignModel>>): Promise<unknown> {
    return this.db.update(this.db.doc(campaignModel, id), cleared(change) as PatchOf<Campaign>);
  }

  async template(organizationId: string, id: string): Promise<ContentTemplate | null> {
    const found = await this.db.get(this.db.doc(templateModel, id));
    return found?.organizationId === organizationId ? found : null;
  }

  templates(organizationId: string, query: ListTemplatesQuery): Promise<Page<ContentTemplate>> {
    let rows = this.db.collection(templateModel).where('organizationId', '==', organizationId);
    if (query.kind) rows = rows.where('kind', '==', query.kind);
    return this.db.page(rows, query, { field: 'createdAt' });
  }

  createTemplate(id: string, template: NewDoc<typeof templateModel>): Promise<unknown> {
    return this.db.create(this.db.doc(templateModel, id), template);
  }

  changeTemplate(id: string, change: Partial<NewDoc<typeof templateModel>>): Promise<unknown> {
    return this.db.update(this.db.doc(templateModel, id), change);
  }

  deleteTemplate(id: string): Promise<unknown> {
    return this.db.delete(this.db.doc(templateModel, id));
  }
}

function cleared(change: object): object {
  return Object.fromEntries(
    Object.entries(change).map(([field, value]) => [field, value === null ? FieldValue.delete() : value]),
  );
}
