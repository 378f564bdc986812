import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import type { Actor } from '../src/core/auth/principal';
import { provide } from '../src/core/singletons';
import type { Clock } from '../src/core/time/clock';
import { localOf } from '../src/core/time/zones';
import { MetricsPuller } from '../src/features/analytics/puller';
import { AccessService } from '../src/features/auth/access';
import { AuthService } from '../src/features/auth/service';
import { MediaService } from '../src/features/content/media-service';
import { SeriesMaterialiser } from '../src/features/content/recurrence/materialising';
import { type CreatePostInput, createPostRequestSchema } from '../src/features/content/schema';
import { ContentService } from '../src/features/content/service';
import { OrganizationService } from '../src/features/organizations/service';
import { PlatformService } from '../src/features/platforms/service';
import { PublishingService } from '../src/features/publishing/service';
import { SlotService } from '../src/features/publishing/slots/service';
import { UserService } from '../src/features/users/service';
import { core } from '../src/server/core';
import '../src/server/services';
import { DEMO } from './demo';
import { finishAiWork, makeVoiceAndTemplates, workWithAi } from './demo-ai';
import { makeCrm } from './demo-crm';
import { makeLibrary, visitorsWrite } from './demo-desk';

const HELP = `Makes the demo organisation, once: people, sandbox channels, posts with a past and a future, AI work, a
sandbox CRM with one open conflict.

  npm run seed              on the emulators named by FIRESTORE_EMULATOR_HOST and FIREBASE_AUTH_EMULATOR_HOST

It writes through the same services as the product, with a clock that starts four weeks ago. It refuses real projects.
`;

const HOUR = 3600_000;
const DAY = 24 * HOUR;

/** Real time, moved: the demo's past is lived through, not invented. */
class TravellingClock implements Clock {
  #offset = 0;

  now(): Date {
    return new Date(Date.now() + this.#offset);
  }

  travelTo(moment: Date): void {
    this.#offset = moment.getTime() - Date.now();
  }
}

const clock = new TravellingClock();

/** What went out in the past: days ago, hour, channels (0 = the café, 1 = the roastery), text. */
const PAST: readonly {
  daysAgo: number;
  hour: number;
  channels: readonly number[];
  text: string;
  picture?: number;
}[] = [
  {
    daysAgo: 27,
    hour: 8,
    channels: [0, 1],
    text: 'We moved the grinder next to the window. You can now watch your coffee being weighed, which turns out to be what half of you wanted all along.',
  },
  {
    daysAgo: 25,
    hour: 12,
    channels: [1],
    text: 'New on the shelf: a washed lot from Huila, picked in May by 14 families. Red apple, brown sugar, a clean finish. 250 g bags, roasted Tuesday.',
    picture: 0,
  },
  {
    daysAgo: 22,
    hour: 9,
    channels: [0],
    text: 'Rain all day, so the second filter is on us. Bring a wet umbrella as proof.',
  },
  {
    daysAgo: 20,
    hour: 17,
    channels: [0, 1],
    text: 'Question for the home brewers: what do you change first when a cup tastes sour? Grind, time or temperature?',
  },
  {
    daysAgo: 17,
    hour: 8,
    channels: [0],
    text: 'The oat milk people asked, so here it is: same price as dairy from today.',
  },
  {
    daysAgo: 14,
    hour: 11,
    channels: [1],
    text: 'Roast log, batch 212: first crack at 8:40, out at 10:05, 14.1 % loss. If numbers like these make you happy, our Saturday tasting is for you.',
    picture: 1,
  },
  {
    daysAgo: 11,
    hour: 16,
    channels: [0, 1],
    text: 'Six seats left for Saturday’s tasting. Three coffees, one hour, no sermon.',
  },
  {
    daysAgo: 8,
    hour: 9,
    channels: [0],
    text: 'Mara starts at the bar today. Order something complicated and be kind.',
  },
  {
    daysAgo: 5,
    hour: 12,
    channels: [0, 1],
    text: 'Your favourite from the tasting won by nine votes: the natural Sidama goes on filter for the rest of the month.',
    picture: 0,
  },
  {
    daysAgo: 2,
    hour: 10,
    channels: [1],
    text: 'Why we write the roast date and not a best-before: coffee does not go bad, it goes quiet. Drink it while it still has something to say.',
  },
];

const FUTURE: readonly { inDays: number; time: string; channels: readonly number[]; text: string }[] = [
  {
    inDays: 1,
    time: '18:00',
    channels: [0, 1],
    text: 'Tomorrow at seven: the first cinnamon buns of the season. We baked forty. Last year that lasted until 8:15.',
  },
  {
    inDays: 2,
    time: '12:30',
    channels: [1],
    text: 'The Huila lot is almost gone. What follows it on the shelf? Guess the country and win a bag.',
  },
  {
    inDays: 4,
    time: '10:00',
    channels: [0],
    text: 'Sunday opening hours change: nine to three, so that we can have Sundays too.',
  },
];

const DRAFTS = [
  'Three things we learned from a year of paper filters:\n\n1. Rinse them.\n2. ',
  'Behind the bar: how Mara dials in the espresso before you arrive',
];

async function picture(hue: [string, string]): Promise<Uint8Array> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="900"><rect width="1200" height="900" fill="${hue[0]}"/><ellipse cx="600" cy="520" rx="330" ry="250" fill="${hue[1]}"/><ellipse cx="600" cy="470" rx="270" ry="170" fill="#3b2417"/><ellipse cx="600" cy="462" rx="215" ry="125" fill="#8a5a36"/><path d="M470 460c60-70 200-70 260 0-60 60-200 60-260 0Z" fill="#e9d3b4"/></svg>`;
  return new Uint8Array(await sharp(Buffer.from(svg)).jpeg({ quality: 82 }).toBuffer());
}

/** At this hour in the organisation's zone, that many days from now. */
const dayAt = (today: Date, daysAgo: number, hour: number) =>
  new Date(Math.floor((today.getTime() - daysAgo * DAY) / DAY) * DAY + hour * HOUR);

const ZONE = 'Europe/Berlin';
const post = (input: CreatePostInput) => createPostRequestSchema.parse(input);

async function people(): Promise<{ actor: Actor; organizationId: string }> {
  const { email, password, displayName, organizationName } = DEMO;
  const session = await AuthService.getInstance().register({
    email,
    password,
    displayName,
    timezone: ZONE,
    locale: 'en',
  });
  const userId = session.user.uid;
  await core.auth.updateUser(userId, { emailVerified: true });
  const organizationId = await OrganizationService.getInstance().create(
    { userId, email, displayName, photoURL: null },
    { name: organizationName, timezone: ZONE, locale: 'en', tier: 'creator' },
  );
  const principal = { kind: 'user', userId, email, emailVerified: true, via: 'bearer', authTime: 0 } as const;
  await UserService.getInstance().setDefaultOrganization(userId, organizationId);
  const actor = await AccessService.getInstance().actor(principal, organizationId);
  if (!actor) throw new Error('The demo person is no member of the demo organisation.');
  return { actor, organizationId };
}

async function live(
  actor: Actor,
  connections: readonly string[],
  pictures: readonly string[],
  today: Date,
): Promise<void> {
  const channels = (numbers: readonly number[]) =>
    numbers.map((number) => ({ connectionId: connections[number] ?? '' }));
  const { templateId } = await makeVoiceAndTemplates(actor);
  const campaignId = await makeLibrary(actor, localOf(today, ZONE).slice(0, 10));
  for (const { daysAgo, hour, channels: where, text, picture: number } of PAST) {
    await measureUntil(dayAt(today, daysAgo, hour));
    clock.travelTo(dayAt(today, daysAgo, hour));
    await workWithAi(actor, daysAgo, text, templateId);
    const mediaIds = number === undefined ? [] : [pictures[number] ?? ''];
    const saved = await ContentService.getInstance().create(
      actor,
      post({ master: { text, mediaIds }, channels: channels(where), schedule: { mode: 'now' } }),
    );
    await published(actor, saved.post.id);
    if (measured.getTime() === 0) measured = clock.now();
  }
  await measureUntil(today);
  clock.travelTo(today);
  await settle();
  for (const { inDays, time, channels: where, text } of FUTURE) {
    const localTime = `${localOf(new Date(today.getTime() + inDays * DAY), ZONE).slice(0, 10)}T${time}`;
    await ContentService.getInstance().create(
      actor,
      post({
        master: { text },
        channels: channels(where),
        schedule: { mode: 'at', localTime, zone: ZONE },
        campaignId,
      }),
    );
  }
  // Both channels like weekday mornings; the calendar shows what of it is free.
  for (const connectionId of connections)
    for (const weekday of [1, 3, 5])
      await SlotService.getInstance().create(actor, {
        connectionId,
        weekday,
        localTime: '08:30',
        zone: ZONE,
        label: 'Before work',
      });
  const { post: weekly } = await ContentService.getInstance().create(
    actor,
    post({
      master: {
        text: 'On the counter this week: two filters, one espresso, and whatever Mara brought back.',
      },
      channels: channels([0]),
      schedule: {
        mode: 'at',
        localTime: `${localOf(new Date(today.getTime() + 3 * DAY), ZONE).slice(0, 10)}T09:30`,
        zone: ZONE,
        rrule: 'FREQ=WEEKLY;COUNT=6',
      },
    }),
  );
  if (weekly.series) await SeriesMaterialiser.getInstance().reconcile(weekly.series.id);
  for (const text of DRAFTS)
    await ContentService.getInstance().create(actor, post({ master: { text }, channels: channels([0]) }));
  await visitorsWrite(actor);
}

let measured = new Date(0);

/** Asks for the numbers of what is out every twelve hours, as time passes: no day is without one. */
async function measureUntil(moment: Date): Promise<void> {
  if (measured.getTime() === 0) return;
  for (let at = measured.getTime() + 12 * HOUR; at <= moment.getTime(); at += 12 * HOUR) {
    measured = new Date(at);
    clock.travelTo(measured);
    await MetricsPuller.getInstance().sweep({ until: new Date(at + HOUR) });
  }
}

/** Time goes on only when a post is out: a machine that is busy takes a second try, and tries wait by this clock. */
async function published(actor: Actor, postId: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    await settle();
    const { runs } = await ContentService.getInstance().get(actor, postId);
    if (runs.every((run) => run.status === 'published')) return;
    await delay(500);
  }
  throw new Error(`A post of the demo did not go out: ${postId}.`);
}

/** Until what was asked for has happened: posts are out, events are delivered. */
async function settle(): Promise<void> {
  for (let quiet = 0; quiet < 1; ) {
    const { due } = await PublishingService.getInstance().sweep(20_000);
    quiet = due === 0 ? quiet + 1 : 0;
  }
  await delay(150);
  await core.outbox.sweep();
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { help: { type: 'boolean' }, quiet: { type: 'boolean' } } });
  if (values.help) {
    console.log(HELP);
    return;
  }
  if (!core.env.FIRESTORE_EMULATOR_HOST)
    throw new Error('The seed writes to emulators only. Start them with `npm run emulators`.');
  const known = await core.auth.getUserByEmail(DEMO.email).catch(() => null);
  if (known) {
    if (!values.quiet) console.log(`The demo organisation is there: ${DEMO.email} / ${DEMO.password}`);
    return;
  }
  provide('Clock', () => clock);
  const today = new Date();
  clock.travelTo(new Date(today.getTime() - 28 * DAY));
  const { actor, organizationId } = await people();
  const handles = ['fernhill', 'fernhill_roasters'];
  const connections: string[] = [];
  for (const handle of handles)
    connections.push(
      await PlatformService.getInstance().connectSandbox(organizationId, actor.userId, handle),
    );
  const pictures: string[] = [];
  for (const [hue, altText] of [
    [['#d9cbb8', '#f6efe4'], 'A cup of filter coffee on a light table, seen from above'],
    [['#31413a', '#cfd8cf'], 'A cup of espresso on a dark green table, seen from above'],
  ] as const) {
    const bytes = await picture([...hue]);
    const asset = await MediaService.getInstance().saveGenerated({
      organizationId,
      userId: actor.userId,
      bytes,
      mime: 'image/jpeg',
      altText,
      source: 'upload',
    });
    pictures.push(asset.id);
  }
  await live(actor, connections, pictures, today);
  await makeCrm(actor, handles[0] ?? 'fernhill');
  await finishAiWork();
  if (!values.quiet) console.log(`Made the demo organisation: ${DEMO.email} / ${DEMO.password}`);
}

await main();
process.exit(0);
