/**
 * When the versions of networks' APIs that our calls name come to their end. Versions are settings, so an installation can move
 * on without a new release of ours; this tells in time that it must.
 */
interface VersionedApi {
  platform: string;
  /** The setting that names the version. */
  setting: 'FACEBOOK_API_VERSION' | 'INSTAGRAM_API_VERSION' | 'LINKEDIN_API_VERSION';
  /** First day on which the version no longer works; undefined where the vendor has not said. */
  endOf(version: string): Date | undefined;
}

/** @see https://developers.facebook.com/docs/graph-api/changelog (checked 2026-11-21) */
const GRAPH_ENDS: Readonly<Record<string, string>> = {
  'v22.0': '2027-05-20',
  'v23.0': '2027-10-08',
  'v24.0': '2028-02-18',
  'v25.0': '2028-07-29',
};

function graphEnd(version: string): Date | undefined {
  const known = GRAPH_ENDS[version];
  if (known) return new Date(known);
  // Versions come in order: one before the oldest that is listed has ended.
  return Number(version.slice(1)) < 22 ? new Date(0) : undefined;
}

/**
 * A version lives for a year and ends around the 15th of its month.
 * @see https://learn.microsoft.com/en-us/linkedin/marketing/integrations/migrations (checked 2026-11-21)
 */
function linkedInEnd(version: string): Date {
  return new Date(Date.UTC(Number(version.slice(0, 4)) + 1, Number(version.slice(4, 6)) - 1, 15));
}

const VERSIONED: readonly VersionedApi[] = [
  { platform: 'Facebook', setting: 'FACEBOOK_API_VERSION', endOf: graphEnd },
  { platform: 'Instagram', setting: 'INSTAGRAM_API_VERSION', endOf: graphEnd },
  { platform: 'LinkedIn', setting: 'LINKEDIN_API_VERSION', endOf: linkedInEnd },
];

const WARN_BEFORE_MS = 60 * 86_400_000;

/** What the operator should do about versions that have ended or end within 60 days, in plain English. */
export function endingApiVersions(
  env: Readonly<Record<VersionedApi['setting'], string>>,
  now: Date,
): string[] {
  return VERSIONED.flatMap(({ platform, setting, endOf }) => {
    const end = endOf(env[setting]);
    if (!end || end.getTime() - now.getTime() > WARN_BEFORE_MS) return [];
    const when = end <= now ? 'has ended' : `ends on ${end.toISOString().slice(0, 10)}`;
    return [`${platform}: version ${env[setting]} of its API ${when}; set ${setting} to a newer one`];
  });
}
