import type { Actor } from '../src/core/auth/principal';
import type { CreateTemplate } from '../src/features/content/library-schema';
import { LibraryService } from '../src/features/content/library-service';
import { InboxService } from '../src/features/inbox/service';
import { SandboxService } from '../src/features/platforms/sandbox/service';

/** What the demo organisation keeps at hand: a campaign, texts to use again, and visitors who write under its posts. */
const TEXTS: readonly CreateTemplate[] = [
  {
    kind: 'post',
    name: 'New lot on the shelf',
    text: 'New on the shelf: {{lot}} from {{region}}. {{notes}}. 250 g bags, roasted {{day}}.',
  },
  { kind: 'signature', name: 'Café', text: 'Fernhill Coffee, Linden Street 4. Open from seven.' },
  { kind: 'hashtags', name: 'Home brewing', text: '#filtercoffee #homebrewing #fernhill' },
  { kind: 'reply', name: 'Opening hours', text: 'We open at seven on weekdays and at nine on Saturdays.' },
];

const VISITORS: readonly { under: string; name: string; text: string }[] = [
  {
    under: 'Your favourite from the tasting',
    name: 'Jonas Weber',
    text: 'Is the Sidama also there as whole beans to take home?',
  },
  {
    under: 'Why we write the roast date',
    name: 'Amara Okafor',
    text: 'How long after roasting would you still drink it as filter?',
  },
  {
    under: 'Your favourite from the tasting',
    name: 'Tom Hale',
    text: 'Nine votes, two of them mine. Well deserved.',
  },
];

/** @returns id of the campaign that posts may belong to. */
export async function makeLibrary(actor: Actor, startsOn: string): Promise<string> {
  const library = LibraryService.getInstance();
  for (const text of TEXTS) await library.createTemplate(actor, text);
  const { id } = await library.createCampaign(actor, {
    name: 'First winter on the new roaster',
    description: 'Seasonal lots, the Saturday tastings and what the bakery does with them.',
    startsOn,
  });
  return id;
}

/** Visitors comment on the sandbox network, and the inbox reads it there. */
export async function visitorsWrite(actor: Actor): Promise<void> {
  const sandbox = SandboxService.getInstance();
  const { items } = await sandbox.feed({});
  for (const { under, name, text } of VISITORS) {
    const post = items.find((one) => one.text.startsWith(under));
    if (!post) throw new Error(`No post of the demo begins with “${under}”.`);
    await sandbox.comment({ postId: post.id, name, text });
  }
  await InboxService.getInstance().refresh(actor);
}
