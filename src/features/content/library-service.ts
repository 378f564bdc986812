import 'server-only';
import type { Actor } from '@/core/auth/principal';
import type { Page, PageQuery } from '@/core/db/cursor';
import { ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import type { LibraryRepository } from './library-repository';
import {
  type Campaign,
  type ContentTemplate,
  type CreateCampaign,
  type CreateTemplate,
  type ListTemplatesQuery,
  templateFault,
  type UpdateCampaign,
  type UpdateTemplate,
} from './library-schema';
import { given } from './post-shape';

/** Campaigns, and the reusable texts posts are written with. */
export class LibraryService {
  constructor(
    readonly repository: LibraryRepository,
    readonly ids: Ids,
  ) {}

  static getInstance(): LibraryService {
    return singleton<LibraryService>('LibraryService');
  }

  campaigns(actor: Actor, query: PageQuery): Promise<Page<Campaign>> {
    return this.repository.campaigns(actor.organizationId, query);
  }

  async createCampaign(actor: Actor, request: CreateCampaign): Promise<Campaign> {
    const id = this.ids.next('camp');
    const { organizationId, userId: createdBy } = actor;
    const { description, startsOn, endsOn, name } = request;
    const optional = given({ description: description || undefined, startsOn, endsOn });
    await this.repository.createCampaign(id, {
      organizationId,
      createdBy,
      archived: false,
      name,
      ...optional,
    });
    return this.#campaign(actor, id);
  }

  /** @throws ValidationError when its days would stand the wrong way round. */
  async changeCampaign(actor: Actor, id: string, change: UpdateCampaign): Promise<Campaign> {
    const before = await this.#campaign(actor, id);
    const startsOn = change.startsOn === undefined ? before.startsOn : change.startsOn;
    const endsOn = change.endsOn === undefined ? before.endsOn : change.endsOn;
    if (startsOn && endsOn && startsOn > endsOn)
      throw ValidationError.at('body.endsOn', 'A campaign ends after it begins.');
    await this.repository.changeCampaign(id, given(change));
    return this.#campaign(actor, id);
  }

  templates(actor: Actor, query: ListTemplatesQuery): Promise<Page<ContentTemplate>> {
    return this.repository.templates(actor.organizationId, query);
  }

  async createTemplate(actor: Actor, request: CreateTemplate): Promise<ContentTemplate> {
    const id = this.ids.next('ctpl');
    const { organizationId, userId: createdBy } = actor;
    await this.repository.createTemplate(id, { organizationId, createdBy, ...request });
    return this.#template(actor, id);
  }

  async changeTemplate(actor: Actor, id: string, change: UpdateTemplate): Promise<ContentTemplate> {
    const before = await this.#template(actor, id);
    const fault = templateFault(before.kind, change.text ?? before.text);
    if (fault) throw ValidationError.at('body.text', fault);
    await this.repository.changeTemplate(id, given(change));
    return this.#template(actor, id);
  }

  /** For whoever made it, and for those who manage all content. Posts written with it keep their words. */
  async deleteTemplate(actor: Actor, id: string): Promise<void> {
    const { createdBy } = await this.#template(actor, id);
    if (createdBy !== actor.userId && !actor.permissions.has('content.manage')) {
      throw new ForbiddenError('Only who made this, or an admin, can delete it.');
    }
    await this.repository.deleteTemplate(id);
  }

  async #campaign(actor: Actor, id: string): Promise<Campaign> {
    const found = await this.repository.campaign(actor.organizationId, id);
    if (!found) throw new NotFoundError('This campaign');
    return found;
  }

  async #template(actor: Actor, id: string): Promise<ContentTemplate> {
    const found = await this.repository.template(actor.organizationId, id);
    if (!found) throw new NotFoundError('This template');
    return found;
  }
}
