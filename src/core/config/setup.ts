import { type Env, sandboxAllowed } from './env';

/** One optional part of the product: whether this installation has it, what happens without it, and how to get it. */
export interface SetupRow {
  part: string;
  configured: boolean;
  without: string;
  how: string;
}

const AI_PROVIDERS = [
  {
    part: 'OpenAI (text, images, moderation)',
    key: 'OPENAI_API_KEY',
    where: 'platform.openai.com → API keys',
  },
  { part: 'Anthropic Claude', key: 'ANTHROPIC_API_KEY', where: 'console.anthropic.com → API keys' },
  { part: 'Google Gemini', key: 'GOOGLE_AI_API_KEY', where: 'aistudio.google.com → Get API key' },
  { part: 'GLM', key: 'GLM_API_KEY', where: 'z.ai → API keys' },
  { part: 'Mistral', key: 'MISTRAL_API_KEY', where: 'console.mistral.ai → API keys' },
  { part: 'Replicate (images)', key: 'REPLICATE_API_KEY', where: 'replicate.com → API tokens' },
] as const satisfies readonly { part: string; key: keyof Env; where: string }[];

/** What is there and what is not, for the start-up message, `npm run doctor` and the status page. */
export function describeSetup(env: Env): SetupRow[] {
  const anyModel = AI_PROVIDERS.some(({ key }) => Boolean(env[key]));
  return [
    ...AI_PROVIDERS.map(({ part, key, where }) => ({
      part,
      configured: Boolean(env[key]),
      without: anyModel
        ? 'the other configured models answer'
        : 'the sandbox model answers, labelled as such',
      how: `set ${key} (${where})`,
    })),
    {
      part: 'Stripe (token purchases, plans)',
      configured: Boolean(env.STRIPE_SECRET_KEY),
      without: sandboxAllowed(env)
        ? 'tokens are bought in the sandbox checkout, which charges nothing; plans cannot be changed'
        : 'purchases and plan changes answer 503',
      how: 'set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET (dashboard.stripe.com → Developers → API keys and Webhooks)',
    },
    {
      part: 'X (Twitter)',
      configured: Boolean(env.X_CLIENT_ID),
      without: 'X channels cannot be connected',
      how: 'set X_CLIENT_ID and X_CLIENT_SECRET (developer.x.com → your app → OAuth 2.0)',
    },
    {
      part: 'Facebook Pages',
      configured: Boolean(env.FACEBOOK_APP_ID && env.FACEBOOK_APP_SECRET),
      without: 'Facebook Pages cannot be connected',
      how: 'set FACEBOOK_APP_ID and FACEBOOK_APP_SECRET (developers.facebook.com → your app → Facebook Login)',
    },
    {
      part: 'LinkedIn',
      configured: Boolean(env.LINKEDIN_CLIENT_ID && env.LINKEDIN_CLIENT_SECRET),
      without: 'LinkedIn channels cannot be connected',
      how: 'set LINKEDIN_CLIENT_ID and LINKEDIN_CLIENT_SECRET (linkedin.com/developers → your app → Auth), and LINKEDIN_ORGANIZATIONS=true for company pages',
    },
    {
      part: 'Threads',
      configured: Boolean(env.THREADS_APP_ID && env.THREADS_APP_SECRET),
      without: 'Threads channels cannot be connected',
      how: 'set THREADS_APP_ID and THREADS_APP_SECRET (developers.facebook.com → your app → Threads use case)',
    },
    {
      part: 'Instagram',
      configured: Boolean(env.INSTAGRAM_APP_ID && env.INSTAGRAM_APP_SECRET),
      without: 'Instagram channels cannot be connected',
      how: 'set INSTAGRAM_APP_ID and INSTAGRAM_APP_SECRET (developers.facebook.com → your app → Instagram → API setup with Instagram login)',
    },
    {
      part: 'Bluesky',
      configured: true,
      without: '',
      how: 'nothing to set: people connect with an app password',
    },
    {
      part: 'Mastodon',
      configured: true,
      without: '',
      how: 'nothing to set: IriSync registers itself on each instance',
    },
    {
      part: 'TikTok',
      configured: Boolean(env.TIKTOK_CLIENT_KEY && env.TIKTOK_CLIENT_SECRET),
      without: 'TikTok channels cannot be connected',
      how: 'set TIKTOK_CLIENT_KEY and TIKTOK_CLIENT_SECRET (developers.tiktok.com → your app), and TIKTOK_APP_AUDITED=true once the app is audited',
    },
    {
      part: 'YouTube',
      configured: Boolean(env.YOUTUBE_CLIENT_ID && env.YOUTUBE_CLIENT_SECRET),
      without: 'YouTube channels cannot be connected',
      how: 'set YOUTUBE_CLIENT_ID and YOUTUBE_CLIENT_SECRET (console.cloud.google.com → your project → OAuth client)',
    },
    {
      part: 'Mail (SMTP)',
      configured: Boolean(env.SMTP_URL),
      without: 'notifications stay in the app, and invitation links are handed over by hand',
      how: 'set SMTP_URL and MAIL_FROM (the SMTP settings of your mail provider)',
    },
    {
      part: 'Web push (VAPID)',
      configured: Boolean(env.VAPID_PUBLIC_KEY),
      without: 'notifications reach people in the app and by mail only',
      how: 'run npx web-push generate-vapid-keys once; set VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY and VAPID_SUBJECT (mailto: of whoever runs this)',
    },
    {
      part: 'Pinterest',
      configured: Boolean(env.PINTEREST_APP_ID && env.PINTEREST_APP_SECRET),
      without: 'Pinterest accounts cannot be connected',
      how: 'set PINTEREST_APP_ID and PINTEREST_APP_SECRET (developers.pinterest.com → My apps)',
    },
    {
      part: 'Reddit',
      configured: Boolean(env.REDDIT_CLIENT_ID && env.REDDIT_CLIENT_SECRET),
      without: 'Reddit accounts cannot be connected',
      how: 'set REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET (reddit.com/prefs/apps → web app), and REDDIT_USER_AGENT with your Reddit name',
    },
    {
      part: 'HubSpot (sign-in with HubSpot)',
      configured: Boolean(env.HUBSPOT_CLIENT_ID && env.HUBSPOT_CLIENT_SECRET),
      without: 'HubSpot is connected with the token of a private app',
      how: 'set HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET (developers.hubspot.com → your app → Auth)',
    },
    {
      part: 'Salesforce',
      configured: Boolean(env.SALESFORCE_CLIENT_ID && env.SALESFORCE_CLIENT_SECRET),
      without: 'Salesforce cannot be connected',
      how: 'set SALESFORCE_CLIENT_ID and SALESFORCE_CLIENT_SECRET (Salesforce Setup → External Client App Manager → your app → OAuth settings)',
    },
    {
      part: 'Notion (sign-in with Notion)',
      configured: Boolean(env.NOTION_CLIENT_ID && env.NOTION_CLIENT_SECRET),
      without: 'Notion is connected with the secret of an internal connection',
      how: 'set NOTION_CLIENT_ID and NOTION_CLIENT_SECRET (notion.so/developers/connections → your public connection)',
    },
    {
      part: 'GitHub (sign-in with GitHub)',
      configured: Boolean(env.GITHUB_CLIENT_ID && env.GITHUB_CLIENT_SECRET),
      without: 'GitHub is connected with a fine-grained token',
      how: 'set GITHUB_CLIENT_ID and GITHUB_CLIENT_SECRET (github.com → Settings → Developer settings)',
    },
    {
      part: 'Slack (sign-in with Slack)',
      configured: Boolean(env.SLACK_CLIENT_ID && env.SLACK_CLIENT_SECRET),
      without: 'Slack is connected with the bot token of an own app',
      how: 'set SLACK_CLIENT_ID and SLACK_CLIENT_SECRET (api.slack.com/apps → your app → Basic information)',
    },
    {
      part: 'Google Sheets',
      configured: Boolean(env.GOOGLE_SHEETS_CLIENT_ID && env.GOOGLE_SHEETS_CLIENT_SECRET),
      without: 'Google Sheets cannot be connected',
      how: 'set GOOGLE_SHEETS_CLIENT_ID and GOOGLE_SHEETS_CLIENT_SECRET (console.cloud.google.com → your project → OAuth client)',
    },
    {
      part: 'Redis',
      configured: Boolean(env.REDIS_URL),
      without: 'caches, limits and jobs work for a single instance, through memory and Firestore',
      how: 'set REDIS_URL',
    },
    {
      part: 'Cloud Storage',
      configured: Boolean(env.FIREBASE_STORAGE_BUCKET),
      without: `media files are kept in ${env.MEDIA_DIR}`,
      how: 'set FIREBASE_STORAGE_BUCKET',
    },
    {
      part: 'Metrics endpoint',
      configured: Boolean(env.METRICS_TOKEN),
      without: '/api/metrics answers 503',
      how: 'set METRICS_TOKEN',
    },
  ];
}
