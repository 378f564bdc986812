import { z } from 'zod';

/**
 * Every setting the product reads, with its meaning, default and shape. `.env.example` is checked against this schema by a
 * test; a bad environment fails the start with every problem listed at once. Nothing else reads `process.env`.
 */

/** `.env` files write "not set" as an empty string. */
const blankIsUnset = (value: unknown) =>
  typeof value === 'string' && value.trim() === '' ? undefined : value;
const text = () => z.preprocess(blankIsUnset, z.string().trim().optional());
const url = () => z.preprocess(blankIsUnset, z.url({ protocol: /^https?$/ }).optional());
const flag = (initial: boolean) =>
  z.preprocess(
    blankIsUnset,
    z
      .enum(['true', 'false', '1', '0'])
      .optional()
      .transform((value) => (value === undefined ? initial : value === 'true' || value === '1')),
  );
const integer = (initial: number, min: number, max: number) =>
  z.preprocess(blankIsUnset, z.coerce.number().int().min(min).max(max).default(initial));
const list = () =>
  z.preprocess(
    blankIsUnset,
    z
      .string()
      .optional()
      .transform((value) =>
        (value ?? '')
          .split(',')
          .map((item) => item.trim())
          .filter(Boolean),
      ),
  );
/** Version of a vendor's API, which its calls name: raised here without a new release of ours. */
const apiVersion = (initial: string, shape: RegExp) =>
  z.preprocess(blankIsUnset, z.string().regex(shape, `must look like ${initial}`).default(initial));
const secret = () =>
  z.preprocess(blankIsUnset, z.string().min(16, 'must have at least 16 characters').optional());

export const envSchema = z.object({
  // Application
  NODE_ENV: z.preprocess(blankIsUnset, z.enum(['development', 'test', 'production']).default('development')),
  APP_URL: z.preprocess(blankIsUnset, z.url({ protocol: /^https?$/ }).default('http://localhost:3000')),
  LOG_LEVEL: z.preprocess(
    blankIsUnset,
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
  ),
  ALLOW_SANDBOX: flag(false),
  WORKER_INLINE: flag(false),
  PROXY_HOPS: integer(1, 1, 10),
  APP_INSTANCES: integer(1, 1, 10_000),
  CRON_SECRET: secret(),
  METRICS_TOKEN: secret(),
  APP_COMMIT: text(),

  // Firebase
  FIREBASE_PROJECT_ID: z.preprocess(blankIsUnset, z.string().trim().default('demo-irisync')),
  FIRESTORE_DATABASE: z.preprocess(blankIsUnset, z.string().trim().default('(default)')),
  FIREBASE_CLIENT_EMAIL: text(),
  FIREBASE_PRIVATE_KEY: text(),
  FIREBASE_STORAGE_BUCKET: text(),
  FIREBASE_WEB_API_KEY: text(),
  FIREBASE_AUTH_DOMAIN: text(),
  FIRESTORE_EMULATOR_HOST: text(),
  FIREBASE_AUTH_EMULATOR_HOST: text(),

  // Files: a local folder stands in for Cloud Storage where no bucket is set
  MEDIA_DIR: z.preprocess(blankIsUnset, z.string().default('.irisync/media')),

  // Redis (optional): second cache layer, rate limits, job queue
  REDIS_URL: z.preprocess(blankIsUnset, z.url({ protocol: /^rediss?$/ }).optional()),

  // Reservations a second of one token balance, in one process, from which blocks of tokens are leased into Redis
  TOKEN_LEASE_ABOVE: integer(25, 1, 100_000),

  // Job queue: `auto` takes BullMQ when REDIS_URL is set, else Firestore
  JOB_DRIVER: z.preprocess(blankIsUnset, z.enum(['auto', 'firestore', 'bullmq']).default('auto')),

  // Encryption: `ENCRYPTION_KEYS=2:<base64 of 32 bytes>,1:<…>` newest first, or a Cloud KMS key.
  // With both set, KMS encrypts and the keys still decrypt what they wrote. KMS_BASE_URL points at another KMS endpoint.
  ENCRYPTION_KEYS: text(),
  KMS_KEY_NAME: text(),
  KMS_BASE_URL: url(),

  // Short links: a domain of their own that leads to this app (default: APP_URL), and another company's shortener
  SHORT_LINK_URL: url(),
  BITLY_ACCESS_TOKEN: text(),
  BITLY_API_BASE_URL: url(),

  // Outbound calls: private hosts a self-hosted setup really needs to reach
  OUTBOUND_ALLOW_HOSTS: list(),

  // Chat channels: hosts beside those of Slack and Teams, and whose channels hear of the installation's alerts
  NOTIFICATION_CHANNEL_HOSTS: list(),
  ALERT_ORGANIZATION_ID: text(),

  // Telemetry; alerts go to an incoming webhook of Slack or Microsoft Teams
  ALERT_WEBHOOK_URL: url(),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(),

  // Mail: without both, notifications stay in the app. `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`
  SMTP_URL: z.preprocess(blankIsUnset, z.url({ protocol: /^smtps?$/ }).optional()),
  MAIL_FROM: z.preprocess(
    blankIsUnset,
    z
      .string()
      .trim()
      .regex(
        /^(?:[^<>"\r\n]{0,100}<[^<>\s@]+@[^<>\s@]+>|[^<>\s@]+@[^<>\s@]+)$/,
        'must be an address, or Name <address>',
      )
      .optional(),
  ),

  // Web push: without all three, notifications reach no browser that is closed. A pair: `npx web-push generate-vapid-keys`
  VAPID_PUBLIC_KEY: z.preprocess(
    blankIsUnset,
    z
      .string()
      .trim()
      .regex(/^B[A-Za-z0-9_-]{86}$/, 'must be a public P-256 key: 87 characters of URL-safe base64')
      .optional(),
  ),
  VAPID_PRIVATE_KEY: z.preprocess(
    blankIsUnset,
    z
      .string()
      .trim()
      .regex(/^[A-Za-z0-9_-]{43}$/, 'must be a private P-256 key: 43 characters of URL-safe base64')
      .optional(),
  ),
  VAPID_SUBJECT: z.preprocess(
    blankIsUnset,
    z
      .string()
      .trim()
      .regex(
        /^(?:mailto:[^\s@]+@[^\s@]+|https:\/\/\S+)$/,
        'must be mailto:you@example.com or an https address',
      )
      .optional(),
  ),

  // Google's keys, with which Pub/Sub push requests are checked
  GOOGLE_CERTS_URL: z.preprocess(
    blankIsUnset,
    z.url({ protocol: /^https?$/ }).default('https://www.googleapis.com/oauth2/v3/certs'),
  ),

  // AI providers
  OPENAI_API_KEY: text(),
  OPENAI_BASE_URL: url(),
  ANTHROPIC_API_KEY: text(),
  ANTHROPIC_BASE_URL: url(),
  GOOGLE_AI_API_KEY: text(),
  GOOGLE_AI_BASE_URL: url(),
  GLM_API_KEY: text(),
  GLM_BASE_URL: url(),
  MISTRAL_API_KEY: text(),
  MISTRAL_BASE_URL: url(),
  REPLICATE_API_KEY: text(),
  REPLICATE_BASE_URL: url(),
  AI_HYBRID_CHAIN: list(),

  // Billing: without a secret key purchases answer 503, or go through the sandbox checkout where the sandbox is allowed
  STRIPE_SECRET_KEY: text(),
  STRIPE_WEBHOOK_SECRET: text(),
  STRIPE_API_BASE_URL: url(),

  // Integrations: without an app of ours, people connect HubSpot with the token of a private app of their own
  HUBSPOT_CLIENT_ID: text(),
  HUBSPOT_CLIENT_SECRET: text(),
  HUBSPOT_API_BASE_URL: url(),
  HUBSPOT_AUTH_BASE_URL: url(),
  SALESFORCE_CLIENT_ID: text(),
  SALESFORCE_CLIENT_SECRET: text(),
  SALESFORCE_LOGIN_URL: z.preprocess(
    blankIsUnset,
    z.url({ protocol: /^https?$/ }).default('https://login.salesforce.com'),
  ),
  SALESFORCE_API_VERSION: apiVersion('65.0', /^\d{2,3}\.0$/),
  SALESFORCE_API_BASE_URL: url(),
  /** Where Salesforce tells of changes. Tokens travel there: unencrypted to this machine alone. */
  SALESFORCE_PUBSUB_URL: z.preprocess(
    blankIsUnset,
    z
      .url({ protocol: /^https?$/ })
      .refine(
        (address) => /^https:|^http:\/\/127\.0\.0\.1(?::|\/|$)/i.test(address),
        'Write an address that begins with https://; only 127.0.0.1 is reached without encryption.',
      )
      .default('https://api.pubsub.salesforce.com:7443'),
  ),
  NOTION_CLIENT_ID: text(),
  NOTION_CLIENT_SECRET: text(),
  NOTION_API_BASE_URL: url(),
  GITHUB_CLIENT_ID: text(),
  GITHUB_CLIENT_SECRET: text(),
  GITHUB_API_BASE_URL: url(),
  GITHUB_AUTH_BASE_URL: url(),
  SLACK_CLIENT_ID: text(),
  SLACK_CLIENT_SECRET: text(),
  SLACK_API_BASE_URL: url(),
  GOOGLE_SHEETS_CLIENT_ID: text(),
  GOOGLE_SHEETS_CLIENT_SECRET: text(),
  GOOGLE_SHEETS_API_BASE_URL: url(),
  GOOGLE_SHEETS_AUTH_BASE_URL: url(),

  // Social networks
  X_CLIENT_ID: text(),
  X_CLIENT_SECRET: text(),
  X_API_BASE_URL: url(),
  X_AUTH_BASE_URL: url(),
  X_UPLOAD_BASE_URL: url(),
  FACEBOOK_APP_ID: text(),
  FACEBOOK_APP_SECRET: text(),
  FACEBOOK_API_BASE_URL: url(),
  FACEBOOK_AUTH_BASE_URL: url(),
  FACEBOOK_UPLOAD_BASE_URL: url(),
  FACEBOOK_API_VERSION: apiVersion('v25.0', /^v\d+\.\d+$/),
  LINKEDIN_CLIENT_ID: text(),
  LINKEDIN_CLIENT_SECRET: text(),
  LINKEDIN_ORGANIZATIONS: flag(false),
  LINKEDIN_API_BASE_URL: url(),
  LINKEDIN_AUTH_BASE_URL: url(),
  LINKEDIN_UPLOAD_BASE_URL: url(),
  LINKEDIN_API_VERSION: apiVersion('202607', /^20\d{4}$/),
  THREADS_APP_ID: text(),
  THREADS_APP_SECRET: text(),
  THREADS_API_BASE_URL: url(),
  THREADS_AUTH_BASE_URL: url(),
  THREADS_API_VERSION: apiVersion('v1.0', /^v\d+\.\d+$/),
  INSTAGRAM_APP_ID: text(),
  INSTAGRAM_APP_SECRET: text(),
  INSTAGRAM_API_BASE_URL: url(),
  INSTAGRAM_AUTH_BASE_URL: url(),
  INSTAGRAM_API_VERSION: apiVersion('v25.0', /^v\d+\.\d+$/),
  BLUESKY_API_BASE_URL: url(),
  BLUESKY_UPLOAD_BASE_URL: url(),
  TIKTOK_CLIENT_KEY: text(),
  TIKTOK_CLIENT_SECRET: text(),
  TIKTOK_APP_AUDITED: flag(false),
  TIKTOK_API_BASE_URL: url(),
  TIKTOK_AUTH_BASE_URL: url(),
  TIKTOK_UPLOAD_BASE_URL: url(),
  YOUTUBE_CLIENT_ID: text(),
  YOUTUBE_CLIENT_SECRET: text(),
  YOUTUBE_UPLOADS_PER_DAY: integer(100, 1, 1_000_000),
  /** Looks for comments of the whole API project, one unit each of Google's ten thousand a day. */
  YOUTUBE_INBOX_READS_PER_DAY: integer(4_000, 1, 10_000_000),
  YOUTUBE_API_BASE_URL: url(),
  YOUTUBE_AUTH_BASE_URL: url(),
  YOUTUBE_UPLOAD_BASE_URL: url(),
  YOUTUBE_ANALYTICS_BASE_URL: url(),
  PINTEREST_APP_ID: text(),
  PINTEREST_APP_SECRET: text(),
  PINTEREST_API_BASE_URL: url(),
  PINTEREST_AUTH_BASE_URL: url(),
  PINTEREST_UPLOAD_BASE_URL: url(),
  REDDIT_CLIENT_ID: text(),
  REDDIT_CLIENT_SECRET: text(),
  REDDIT_USER_AGENT: text(),
  REDDIT_API_BASE_URL: url(),
  REDDIT_AUTH_BASE_URL: url(),
  REDDIT_UPLOAD_BASE_URL: url(),
  SANDBOX_API_BASE_URL: url(),
  MASTODON_API_BASE_URL: url(),
  PUBLISH_LATE_LIMIT_HOURS: integer(6, 1, 24 * 30),
});

export type Env = z.output<typeof envSchema>;

/** Thrown at the start of the process when settings are wrong; the message lists every problem. */
export class EnvironmentError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(
      `The environment has ${problems.length} problem(s):\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
    this.name = 'EnvironmentError';
  }
}

/** What single fields cannot say: settings that need each other, and what production demands. */
function crossChecks(env: Env): string[] {
  const problems: string[] = [];
  const emulated = Boolean(env.FIRESTORE_EMULATOR_HOST);
  if (Boolean(env.FIREBASE_CLIENT_EMAIL) !== Boolean(env.FIREBASE_PRIVATE_KEY)) {
    problems.push('FIREBASE_CLIENT_EMAIL and FIREBASE_PRIVATE_KEY belong together: set both or neither.');
  }
  if (Boolean(env.FIRESTORE_EMULATOR_HOST) !== Boolean(env.FIREBASE_AUTH_EMULATOR_HOST)) {
    problems.push(
      'FIRESTORE_EMULATOR_HOST and FIREBASE_AUTH_EMULATOR_HOST belong together: set both or neither.',
    );
  }
  if (Boolean(env.SMTP_URL) !== Boolean(env.MAIL_FROM)) {
    problems.push('SMTP_URL and MAIL_FROM belong together: set both or neither.');
  }
  const vapid = [env.VAPID_PUBLIC_KEY, env.VAPID_PRIVATE_KEY, env.VAPID_SUBJECT].filter(Boolean).length;
  if (vapid !== 0 && vapid !== 3) {
    problems.push(
      'VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY and VAPID_SUBJECT belong together: set all three or none.',
    );
  }
  if (env.STRIPE_SECRET_KEY && !env.STRIPE_WEBHOOK_SECRET && env.NODE_ENV === 'production') {
    problems.push('STRIPE_SECRET_KEY needs STRIPE_WEBHOOK_SECRET: refunds and renewals arrive by webhook.');
  }
  if (env.JOB_DRIVER === 'bullmq' && !env.REDIS_URL) problems.push('JOB_DRIVER=bullmq needs REDIS_URL.');
  if (!emulated && env.NODE_ENV === 'production') {
    if (!env.ENCRYPTION_KEYS && !env.KMS_KEY_NAME)
      problems.push('ENCRYPTION_KEYS or KMS_KEY_NAME is required in production.');
    if (!env.FIREBASE_WEB_API_KEY)
      problems.push('FIREBASE_WEB_API_KEY is required: browsers sign in with it.');
    if (env.FIREBASE_PROJECT_ID.startsWith('demo-'))
      problems.push('FIREBASE_PROJECT_ID must name a real project in production.');
  }
  return problems;
}

/**
 * Parses settings.
 * @throws EnvironmentError listing every problem, never only the first.
 */
export function parseEnv(source: Record<string, string | undefined>): Env {
  const parsed = envSchema.safeParse(source);
  if (!parsed.success) {
    throw new EnvironmentError(
      parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`),
    );
  }
  const problems = crossChecks(parsed.data);
  if (problems.length > 0) throw new EnvironmentError(problems);
  return parsed.data;
}

let cached: Env | undefined;

/** The process's settings, parsed once. */
export function env(): Env {
  cached ??= parseEnv(process.env);
  return cached;
}

/** Sandbox model and network are for development and tests, and for production only where the operator says so. */
export function sandboxAllowed(settings: Env): boolean {
  return settings.NODE_ENV !== 'production' || settings.ALLOW_SANDBOX;
}
