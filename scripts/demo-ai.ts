import type { Actor } from '../src/core/auth/principal';
import { singleton } from '../src/core/singletons';
import { promptRequest, settingsRequest, voiceRequest } from '../src/features/ai/prompt-schema';
import { PromptService } from '../src/features/ai/prompt-service';
import { generateRequest } from '../src/features/ai/schema';
import { AiService } from '../src/features/ai/service';
import { AiSettingsService } from '../src/features/ai/settings-service';
import type { UsageTracker } from '../src/features/ai/usage';

/** How the demo organisation works with AI: a voice, two templates, and what was written with them. */
const VOICE = voiceRequest.parse({
  name: 'Behind the bar',
  tone: 'Plain, warm and a little dry. Short sentences. We know our trade and do not show off with it.',
  audience: 'Regulars of the café and people who brew at home.',
  dos: [
    'Name the farm or the region',
    'Say what it tastes like in everyday words',
    'Give the day and the hour',
  ],
  donts: ['Superlatives', 'Exclamation marks', 'Explaining what coffee is'],
  examples: [
    'Rain all day, so the second filter is on us. Bring a wet umbrella as proof.',
    'Six seats left for Saturday’s tasting. Three coffees, one hour, no sermon.',
  ],
  bannedWords: ['world-class', 'passion', 'barista magic'],
  emoji: 'never',
  hashtags: 'few',
  locale: 'en',
});

const NEW_LOT = promptRequest.parse({
  name: 'New lot on the shelf',
  task: 'post_text',
  body: 'Announce a new coffee: {{lot}} from {{region}}. It tastes of {{notes}}. Say that it is roasted on {{day}} and comes in 250 g bags.',
  variables: [
    { name: 'lot', type: 'text', description: 'Process and variety, such as washed Caturra', maxLength: 80 },
    { name: 'region', type: 'text', description: 'Where it was grown', maxLength: 80 },
    { name: 'notes', type: 'text', description: 'Two or three tastes', maxLength: 120 },
    { name: 'day', type: 'choice', choices: ['Tuesday', 'Thursday'] },
  ],
});

const OPENING_HOURS = promptRequest.parse({
  name: 'Changed opening hours',
  task: 'post_text',
  body: 'Tell our guests that on {{day}} we are open {{hours}}. Give the reason in half a sentence: {{reason}}.',
  variables: [
    { name: 'day', type: 'text', maxLength: 40 },
    { name: 'hours', type: 'text', maxLength: 40 },
    { name: 'reason', type: 'text', required: false, maxLength: 120 },
  ],
});

/** The voice everybody writes with, a template in use, and one with a newer draft. */
export async function makeVoiceAndTemplates(actor: Actor): Promise<{ templateId: string }> {
  const library = PromptService.getInstance();
  const voice = await library.createVoice(actor, VOICE);
  await library.publishVoice(actor, voice.id, 1);
  const settings = settingsRequest.parse({ defaultVoiceId: voice.id });
  await AiSettingsService.getInstance().update(actor, settings);
  const lot = await library.createPrompt(actor, NEW_LOT);
  await library.publishPrompt(actor, lot.id, 1);
  const hours = await library.createPrompt(actor, OPENING_HOURS);
  await library.publishPrompt(actor, hours.id, 1);
  const body = `${OPENING_HOURS.body} Say that orders for bags still go out.`;
  await library.changePrompt(actor, hours.id, { ...OPENING_HOURS, body });
  return { templateId: lot.id };
}

/** What the people of the demo asked for on one of its days. */
export async function workWithAi(
  actor: Actor,
  daysAgo: number,
  text: string,
  templateId: string,
): Promise<void> {
  const requests = [
    ...(daysAgo % 5 === 0 ? [{ task: 'post_text', input: { text }, variants: 2 }] : []),
    ...(daysAgo % 2 === 1 ? [{ task: 'rewrite', input: { text, instruction: 'Shorter.' } }] : []),
    ...(daysAgo % 3 === 2 ? [{ task: 'hashtags', input: { text, count: 4 } }] : []),
    ...(daysAgo === 14 ? [{ task: 'translation', input: { text, languages: ['de'] } }] : []),
    ...(daysAgo === 11
      ? [
          {
            task: 'post_text',
            templateId,
            variables: {
              lot: 'washed Caturra',
              region: 'Huila',
              notes: 'red apple, brown sugar',
              day: 'Tuesday',
            },
            input: {},
          },
        ]
      : []),
  ];
  for (const request of requests)
    await AiService.getInstance().generate(
      actor,
      generateRequest.parse(request),
      AbortSignal.timeout(30_000),
    );
}

/** The day's figures are written a moment after the rows; a script that ends must not lose them. */
export function finishAiWork(): Promise<void> {
  return singleton<UsageTracker>('AiUsageTracker').flush();
}
