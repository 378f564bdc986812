import { expect, it } from 'vitest';
import { z } from 'zod';
import { PLATFORM_RULES } from '@/features/platforms/rules/rules';
import { SETTINGS_SCHEMAS } from '@/features/platforms/rules/settings';

interface Shown {
  properties?: Record<string, { chooses?: string; of?: string; enum?: string[]; type?: string }>;
}
/** As the composer's form reads it. */
const shown = (platform: keyof typeof SETTINGS_SCHEMAS) =>
  z.toJSONSchema(SETTINGS_SCHEMAS[platform], { io: 'input', unrepresentable: 'any' }) as Shown;

it('tells forms which settings name a board, a community or its flair', () => {
  expect(shown('pinterest').properties?.boardId).toMatchObject({ chooses: 'target', type: 'string' });
  expect(shown('reddit').properties?.subreddit).toMatchObject({ chooses: 'target', type: 'string' });
  expect(shown('reddit').properties?.flairId).toMatchObject({ chooses: 'label', of: 'subreddit' });
  expect(shown('tiktok').properties?.privacy?.enum).toEqual(['everyone', 'followers', 'friends', 'self']);
});

it('names an audience that the form offers wherever rules speak of one', () => {
  for (const { platform, visibility } of Object.values(PLATFORM_RULES)) {
    if (!visibility?.setting) continue;
    expect(shown(platform).properties?.[visibility.setting]?.enum).toContain(visibility.everybody);
  }
});
