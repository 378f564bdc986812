import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toldByGitHub } from './github/told';
import { toldByHubSpot } from './hubspot/told';
import { toldByNotion } from './notion/told';
import { toldBySalesforce } from './salesforce/told';
import { toldBySlack } from './slack/told';
import type { ToldChange } from './types';

const bytes = (text: string) => new TextEncoder().encode(text);
const json = (value: unknown) => bytes(JSON.stringify(value));
const records = (entity: string, ...ids: string[]) => ({ entity, hint: { kind: 'records', ids } });
const some = (entity: string) => ({ entity, hint: { kind: 'some' } });

describe('HubSpot', () => {
  const told = (...events: unknown[]) => toldByHubSpot(json(events));
  const event = (subscriptionType: string, more: object = {}) => ({
    ...{ eventId: 3_816_279_340, subscriptionId: 25, portalId: 33, appId: 1_160_452 },
    ...{ occurredAt: 1_462_216_307_945, subscriptionType, attemptNumber: 0, changeSource: 'CRM' },
    ...more,
  });

  it('names records of a batch once each, in the older form and the generic one', () => {
    expect(
      told(
        event('contact.creation', { objectId: 123, changeFlag: 'CREATED' }),
        event('contact.propertyChange', { objectId: 123, propertyName: 'email', propertyValue: 'a@x.test' }),
        event('object.propertyChange', { objectId: 124, objectTypeId: '0-1', propertyName: 'email' }),
        event('deal.deletion', { objectId: '9007199254740993', changeFlag: 'DELETED' }),
        event('object.restore', { objectId: 7, objectTypeId: '0-2' }),
      ),
    ).toEqual([
      records('contact', '123', '124'),
      records('company', '7'),
      records('deal', '9007199254740993'),
    ]);
  });

  it('names all that a merge and an association are about', () => {
    const merge = { primaryObjectId: 1, mergedObjectIds: [2, 3], newObjectId: 4, numberOfPropertiesMoved: 3 };
    expect(told(event('company.merge', merge))).toEqual([records('company', '1', '4', '2', '3')]);
    const ends = { fromObjectId: 5, toObjectId: 6, associationRemoved: true, isPrimaryAssociation: false };
    const older = event('contact.associationChange', { ...ends, associationType: 'CONTACT_TO_COMPANY' });
    expect(told(older)).toEqual([records('contact', '5'), records('company', '6')]);
    const types = { fromObjectTypeId: '0-3', toObjectTypeId: '0-1' };
    expect(told(event('object.associationChange', { ...ends, ...types }))).toEqual([
      ...[records('contact', '6'), records('deal', '5')],
    ]);
    const item = event('deal.associationChange', { ...ends, associationType: 'DEAL_TO_LINE_ITEM' });
    expect(told(item)).toEqual([records('deal', '5')]);
  });

  it('tells who is erased apart, and does not have them asked for', () => {
    expect(
      told(
        event('contact.propertyChange', { objectId: 8 }),
        event('contact.privacyDeletion', { objectId: 8 }),
        event('contact.deletion', { objectId: 9 }),
        event('conversation.privacyDeletion', { objectId: 10 }),
      ),
    ).toEqual([{ entity: 'contact', erased: ['8'] }, records('contact', '9')]);
  });

  it('passes over what is not synced, and does not guess', () => {
    expect(told(event('ticket.creation', { objectId: 1 }), event('conversation.newMessage'))).toEqual([]);
    expect(told(event('object.creation', { objectId: 1, objectTypeId: '2-77' }))).toEqual([]);
    for (const objectId of ['1/../2', -4, 1.5, 2 ** 60, '', null, undefined])
      expect(told(event('deal.creation', { objectId }))).toEqual([some('deal')]);
    expect(told('what', event('contact.creation', { objectId: 1 }))).toEqual([
      ...[records('contact', '1'), some('contact'), some('company'), some('deal')],
    ]);
    expect(toldByHubSpot(json({ subscriptionType: 'contact.creation' }))).toBeNull();
  });
});

describe('Salesforce', () => {
  const notification = (type: string, id: string) =>
    `<Notification><Id>04l000000000001AAA</Id><sObject xsi:type="sf:${type}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>${id}</sf:Id><sf:LastName>Ito</sf:LastName></sObject></Notification>`;
  const message = (...notifications: string[]) =>
    toldBySalesforce(
      bytes(
        `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>00D000000000001AAA</OrganizationId><ActionId>04k000000000001AAA</ActionId><SessionId xsi:nil="true"/><EnterpriseUrl>https://x.my.salesforce.com/</EnterpriseUrl>${notifications.join('')}</notifications></soapenv:Body></soapenv:Envelope>`,
      ),
    );

  it('names the record of each notification, by its kind, in one spelling', () => {
    const [ann, ben] = ['003000000000001', '003000000000002AAA'];
    expect(
      message(
        notification('Contact', ann),
        notification('Account', '001000000000001AAA'),
        notification('Contact', ben),
        notification('Contact', `${ann}AAA`),
        notification('Case', '500000000000001AAA'),
      ),
    ).toEqual([records('contact', `${ann}AAA`, ben), records('company', '001000000000001AAA')]);
  });

  it('says nothing of a message whose records cannot be read', () => {
    expect(message(notification('Contact', 'not-an-id'))).toBeNull();
    expect(message('<Notification><Id>04l1</Id></Notification>')).toBeNull();
    expect(message(notification('Contact', '003000000000001').replace(/xsi:type="[^"]*"/, ''))).toBeNull();
    expect(message()).toBeNull();
  });
});

describe('Notion', () => {
  const told = (entity: unknown) =>
    toldByNotion(
      json({
        ...{ id: '367cba44-b6f3-4c92-81e7-6a2e9659efd4', timestamp: '2024-12-05T23:55:34.285Z' },
        ...{ type: 'page.properties_updated', attempt_number: 1, entity, data: { parent: {} } },
      }),
    );
  const page = '153104cd-477e-809d-8dc4-ff2d96ae3090';

  it('names a page in the spelling of its answers, and of what holds pages only that', () => {
    expect(told({ id: page, type: 'page' })).toEqual([records('page', page)]);
    expect(told({ id: page.replaceAll('-', '').toUpperCase(), type: 'page' })).toEqual([
      records('page', page),
    ]);
    for (const type of ['database', 'data_source', 'block'])
      expect(told({ id: page, type })).toEqual([some('page')]);
    expect(told({ id: page, type: 'comment' })).toEqual([]);
  });

  it('says nothing of others', () => {
    for (const entity of [
      { id: '../x', type: 'page' },
      { type: 'page' },
      { id: page, type: 'new' },
      'page',
      null,
    ])
      expect(told(entity)).toBeNull();
  });
});

describe('GitHub', () => {
  const repository = { id: 1, full_name: 'Acme/Site' };
  const told = (topic: string, body: object) => toldByGitHub(json(body), topic);

  it('names an issue, not a pull request, and of releases that there is something', () => {
    const issue = { number: 7, title: 'x' };
    expect(told('issues', { action: 'edited', issue, repository })).toEqual([
      records('issue', 'acme/site#7'),
    ]);
    expect(told('issue_comment', { action: 'created', issue, repository })).toEqual([
      records('issue', 'acme/site#7'),
    ]);
    const pull = { ...issue, pull_request: { url: 'https://api.github.com/x' } };
    expect(told('issues', { action: 'labeled', issue: pull, repository })).toEqual([]);
    expect(told('release', { action: 'published', release: { id: 5 }, repository })).toEqual([
      some('release'),
    ]);
    for (const topic of ['ping', 'pull_request']) expect(told(topic, { repository })).toEqual([]);
  });

  it('says nothing of a repository that is another one now, and of what cannot be read', () => {
    expect(told('repository', { action: 'renamed', repository })).toBeNull();
    expect(told('issues', { issue: { number: '7' }, repository })).toBeNull();
    expect(told('issues', { issue: { number: 7 }, repository: { full_name: 'acme/site/../x' } })).toBeNull();
    expect(told('release', { action: 'published' })).toBeNull();
  });
});

describe('Slack', () => {
  const told = (event: object, type = 'event_callback') =>
    toldBySlack(json({ type, team_id: 'T1', api_app_id: 'A1', event_id: 'Ev1', event_time: 1, event }));

  it('names a channel or a person, whole or by its id', () => {
    const channel = { id: 'C024BE91L', name: 'fun', created: 1_360_782_804 };
    expect(told({ type: 'channel_rename', channel })).toEqual([records('channel', 'C024BE91L')]);
    expect(told({ type: 'channel_archive', channel: 'C024BE91L', user: 'U024BE7LH' })).toEqual([
      records('channel', 'C024BE91L'),
    ]);
    for (const type of ['user_change', 'team_join'])
      expect(told({ type, user: { id: 'U024BE7LH', profile: {} } })).toEqual([records('user', 'U024BE7LH')]);
  });

  it('passes over messages, and does not guess', () => {
    expect(told({ type: 'message', channel: 'C024BE91L', user: 'U024BE7LH', text: 'hi' })).toEqual([]);
    expect(told({ type: 'channel_rename' })).toEqual([some('channel')]);
    expect(told({ type: 'user_change', user: { id: 'U1&x=2' } })).toEqual([some('user')]);
    expect(told({}, 'app_rate_limited')).toBeNull();
  });
});

it('no delivery, whatever is in it, breaks one of them', () => {
  const readers = [toldByHubSpot, toldBySalesforce, toldByNotion, toldByGitHub, toldBySlack];
  const words = ['contact.merge', 'object.associationChange', 'event_callback', 'channel_x', 'page', '0-1'];
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      fc.constantFrom(...words),
      fc.jsonValue(),
      tie('object'),
      fc.array(tie('any')),
    ),
    object: fc.dictionary(
      fc.constantFrom('subscriptionType', 'objectId', 'event', 'type', 'entity', 'id', 'issue', 'repository'),
      tie('any'),
    ),
  })).any;
  const soap =
    '<Envelope><Body><notifications><OrganizationId>00D</OrganizationId><ActionId>04k</ActionId><Notification><Id>04l</Id><sObject xsi:type="sf:Contact"><sf:Id>003000000000001</sf:Id></sObject></Notification></notifications></Body></Envelope>';
  const torn = fc
    .tuple(
      fc.nat(soap.length),
      fc.nat(9),
      fc.constantFrom('', '<Id>', '__proto__', '&x;', ' xsi:type="', '>', '<!--'),
    )
    .map(([at, many, other]) => bytes(soap.slice(0, at) + other + soap.slice(at + many)));
  const delivery = fc.oneof(torn, fc.uint8Array({ maxLength: 200 }), value.map(json), fc.string().map(bytes));
  fc.assert(
    fc.property(delivery, fc.constantFrom('issues', 'release', 'x'), (body, topic) => {
      for (const reader of readers) {
        const told: readonly ToldChange[] | null = reader(body, topic);
        expect(told === null || Array.isArray(told)).toBe(true);
      }
    }),
    { numRuns: 300 },
  );
});
