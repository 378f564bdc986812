import { FakeHubSpot } from '@tests/fakes/hubspot';
import { CrmSync, wholeSecond } from '@tests/support/crm-sync';

export { countsOf } from '@tests/support/crm-sync';

/** One HubSpot account connected to one organisation by its key. */
export class HubSpotSync extends CrmSync<FakeHubSpot> {
  /** @param serve whether the routes use it. */
  static async connected(organizationId?: string, userId = 'ada', serve = false): Promise<HubSpotSync> {
    const clock = wholeSecond();
    const made = new HubSpotSync('hubspot', new FakeHubSpot(clock), clock, organizationId, userId);
    await made.fake.start();
    made.world = made.another({ serve });
    await made.connect();
    return made;
  }

  override async connect(): Promise<void> {
    const answer = await this.world.service.connect(this.actor, 'hubspot', { apiKey: this.fake.apiKey });
    if (!('integration' in answer)) throw new Error('not connected');
    this.id = answer.integration.id;
    await this.schedule(false);
  }

  contacts(many: number) {
    return Array.from({ length: many }, (_, index) =>
      this.fake.add('contacts', { email: `c${index}@x.test`, firstname: 'Ann', lastname: `No${index}` }),
    );
  }
}
