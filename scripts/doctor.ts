import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Env, EnvironmentError, parseEnv } from '../src/core/config/env';
import { describeSetup } from '../src/core/config/setup';
import { CATALOGUE_MAX_AGE_DAYS } from '../src/features/ai/catalogue';
import { CATALOGUE_DATA } from '../src/features/ai/catalogue.data';
import { endingApiVersions } from '../src/features/platforms/api-versions';

const HELP = `Says what this installation has, lacks and should look at.

  npm run doctor              look
  npm run doctor -- --strict  warnings fail too
  npm run doctor -- --online  also ask each configured AI provider whether our models still exist
`;

type Level = 'ok' | 'note' | 'warn' | 'fail';
interface Finding {
  level: Level;
  text: string;
}

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

function versionOf(command: string, args: string[]): string | null {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  } catch {
    return null;
  }
}

function machine(): Finding[] {
  const node = Number(process.versions.node.split('.')[0]);
  const java = versionOf('java', ['--version'])?.match(/\b(\d+)\./)?.[1];
  const redis = versionOf('redis-server', ['--version'])?.match(/v=(\S+)/)?.[1];
  return [
    node >= 22
      ? { level: 'ok', text: `Node ${process.versions.node}` }
      : { level: 'fail', text: `Node ${process.versions.node}: run through npm, which brings Node 24` },
    !java
      ? {
          level: 'warn',
          text: 'Java is missing: the Firestore emulator needs 11 or newer (apt install default-jre-headless)',
        }
      : Number(java) >= 11
        ? { level: 'ok', text: `Java ${java}` }
        : { level: 'warn', text: `Java ${java} is too old for the Firestore emulator; it needs 11 or newer` },
    redis
      ? { level: 'ok', text: `redis-server ${redis} for the tests of the Redis drivers` }
      : {
          level: 'note',
          text: 'redis-server is missing: the tests of the Redis drivers are named as absent',
        },
  ];
}

function settings(): { env: Env | null; findings: Finding[] } {
  try {
    const env = parseEnv(process.env);
    const findings = describeSetup(env).map(
      (row): Finding =>
        row.configured
          ? { level: 'ok', text: row.part }
          : { level: 'note', text: `${row.part}: ${row.how}; until then ${row.without}` },
    );
    return { env, findings };
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    return { env: null, findings: error.problems.map((problem) => ({ level: 'fail', text: problem })) };
  }
}

function catalogueAge(now: Date): Finding[] {
  const day = 24 * 3600_000;
  const old = CATALOGUE_DATA.filter(
    (entry) => now.getTime() - Date.parse(entry.verifiedAt) > CATALOGUE_MAX_AGE_DAYS * day,
  );
  const retiring = CATALOGUE_DATA.filter(
    (entry) => entry.retiresAt && Date.parse(entry.retiresAt) - now.getTime() < 30 * day,
  );
  return [
    old.length === 0
      ? {
          level: 'ok',
          text: `${CATALOGUE_DATA.length} models, all checked within ${CATALOGUE_MAX_AGE_DAYS} days`,
        }
      : {
          level: 'warn',
          text: `${old.length} models were last checked over ${CATALOGUE_MAX_AGE_DAYS} days ago: ${old.map((entry) => entry.model).join(', ')}`,
        },
    ...retiring.map(
      (entry): Finding => ({
        level: 'warn',
        text: `${entry.provider} retires ${entry.model} on ${entry.retiresAt}`,
      }),
    ),
  ];
}

function networkVersions(env: Env | null): Finding[] {
  const ending = env ? endingApiVersions(env, new Date()) : [];
  if (ending.length > 0) return ending.map((text): Finding => ({ level: 'warn', text }));
  return env ? [{ level: 'ok', text: 'no version of a network’s API that is in use ends soon' }] : [];
}

/** The vendors' own model lists; OpenAI's shape, which the others share. */
async function onlineModels(env: Env): Promise<Finding[]> {
  const lists = [
    {
      provider: 'openai',
      key: env.OPENAI_API_KEY,
      url: `${env.OPENAI_BASE_URL ?? 'https://api.openai.com/v1'}/models`,
    },
    {
      provider: 'mistral',
      key: env.MISTRAL_API_KEY,
      url: `${env.MISTRAL_BASE_URL ?? 'https://api.mistral.ai/v1'}/models`,
    },
    {
      provider: 'anthropic',
      key: env.ANTHROPIC_API_KEY,
      url: `${env.ANTHROPIC_BASE_URL ?? 'https://api.anthropic.com'}/v1/models?limit=1000`,
    },
  ];
  const findings: Finding[] = [];
  for (const { provider, key, url } of lists) {
    if (!key) continue;
    const headers: Record<string, string> =
      provider === 'anthropic'
        ? { 'x-api-key': key, 'anthropic-version': '2023-06-01' }
        : { authorization: `Bearer ${key}` };
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(15_000) }).catch(() => null);
    if (!response?.ok) {
      findings.push({
        level: 'warn',
        text: `${provider}: its model list could not be read (${response?.status ?? 'no answer'})`,
      });
      continue;
    }
    const known = new Set(
      ((await response.json()) as { data: { id: string }[] }).data.map((model) => model.id),
    );
    const gone = CATALOGUE_DATA.filter((entry) => entry.provider === provider && !known.has(entry.model));
    for (const entry of gone)
      findings.push({ level: 'warn', text: `${provider} no longer lists ${entry.model}` });
    if (gone.length === 0) findings.push({ level: 'ok', text: `${provider} lists all our models` });
  }
  return findings;
}

const SIGNS: Record<Level, string> = { ok: '✓', note: '·', warn: '!', fail: '✗' };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { help: { type: 'boolean' }, strict: { type: 'boolean' }, online: { type: 'boolean' } },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  for (const file of ['.env.local', '.env'])
    if (existsSync(join(root, file))) process.loadEnvFile(join(root, file));
  const { env, findings } = settings();
  const sections: [string, Finding[]][] = [
    ['This machine', machine()],
    ['This installation', findings],
    ['Social networks', networkVersions(env)],
    ['AI catalogue', [...catalogueAge(new Date()), ...(values.online && env ? await onlineModels(env) : [])]],
  ];
  for (const [title, rows] of sections) {
    console.log(`\n${title}`);
    for (const { level, text } of rows) console.log(`  ${SIGNS[level]} ${text}`);
  }
  const count = (level: Level) =>
    sections.flatMap(([, rows]) => rows).filter((row) => row.level === level).length;
  const [warnings, failures] = [count('warn'), count('fail')];
  console.log(`\n${failures} to mend, ${warnings} to look at.`);
  return failures > 0 || (values.strict && warnings > 0) ? 1 : 0;
}

process.exitCode = await main();
