import type { AiSettings, QuotaLimits } from '../model';
import type { ProviderId } from '../schema';
import { linesOf, termsOf } from './lines';

const MICROS = 1_000_000;

/** Ceilings as they are typed; empty is no limit. Cost in dollars. */
export interface LimitValues {
  tokens: string;
  requests: string;
  cost: string;
}

/** The settings as their form holds them: lists are text, numbers are what was typed. */
export interface SettingsValues {
  policy: AiSettings['policy'];
  allowedProviders: readonly ProviderId[] | null;
  blockedModels: readonly string[];
  preference: readonly ProviderId[] | null;
  weights: Partial<Record<ProviderId, string>>;
  moderation: boolean;
  bannedWords: string;
  competitors: string;
  forbiddenClaims: string;
  /** One per line: what is mentioned, an arrow, what must then be said. */
  disclosures: string;
  personalData: AiSettings['rules']['personalData'];
  defaultVoiceId: string;
  channelVoices: Record<string, string>;
  quota: LimitValues;
  memberQuota: LimitValues;
}

const ARROW = '=>';

export function settingsValues(settings: AiSettings): SettingsValues {
  const { rules } = settings;
  return {
    policy: settings.policy,
    allowedProviders: settings.allowedProviders,
    blockedModels: settings.blockedModels,
    preference: settings.preference,
    weights: Object.fromEntries(Object.entries(settings.weights).map(([id, weight]) => [id, String(weight)])),
    moderation: settings.moderation,
    bannedWords: rules.bannedWords.join(', '),
    competitors: rules.competitors.join(', '),
    forbiddenClaims: rules.forbiddenClaims.join('\n'),
    disclosures: rules.disclosures.map((one) => `${one.when} ${ARROW} ${one.require}`).join('\n'),
    personalData: rules.personalData,
    defaultVoiceId: settings.defaultVoiceId ?? '',
    channelVoices: settings.channelVoices,
    quota: limitValues(settings.quota),
    memberQuota: limitValues(settings.memberQuota),
  };
}

/** What is sent; the API checks it and names the field that is wrong. */
export function settingsOf(values: SettingsValues): AiSettings {
  return {
    policy: values.policy,
    allowedProviders: values.allowedProviders ? [...values.allowedProviders] : null,
    blockedModels: [...values.blockedModels],
    preference: values.preference ? [...values.preference] : null,
    weights: Object.fromEntries(
      Object.entries(values.weights).flatMap(([id, weight]) => (weight === '' ? [] : [[id, Number(weight)]])),
    ),
    moderation: values.moderation,
    rules: {
      bannedWords: termsOf(values.bannedWords),
      competitors: termsOf(values.competitors),
      forbiddenClaims: linesOf(values.forbiddenClaims),
      disclosures: linesOf(values.disclosures).map(disclosureOf),
      personalData: values.personalData,
    },
    defaultVoiceId: values.defaultVoiceId || null,
    channelVoices: Object.fromEntries(
      Object.entries(values.channelVoices).filter(([, voice]) => voice !== ''),
    ),
    quota: limitsOf(values.quota),
    memberQuota: limitsOf(values.memberQuota),
  };
}

/** A line without an arrow keeps its text and lacks its note, which the check then says. */
function disclosureOf(line: string): { when: string; require: string } {
  const [when = '', ...rest] = line.split(ARROW);
  return { when: when.trim(), require: rest.join(ARROW).trim() };
}

function limitValues({ tokens, requests, costMicros }: QuotaLimits): LimitValues {
  const text = (value: number | null) => (value === null ? '' : String(value));
  return {
    tokens: text(tokens),
    requests: text(requests),
    cost: text(costMicros === null ? null : costMicros / MICROS),
  };
}

function limitsOf({ tokens, requests, cost }: LimitValues): QuotaLimits {
  const number = (text: string) => (text.trim() === '' ? null : Number(text));
  const dollars = number(cost);
  return {
    tokens: number(tokens),
    requests: number(requests),
    costMicros: dollars === null ? null : Math.round(dollars * MICROS),
  };
}

/** Moves one entry of an order by one place. */
export function moved<T>(list: readonly T[], index: number, by: -1 | 1): T[] {
  const next = [...list];
  const target = index + by;
  const [one] = next.splice(index, 1);
  if (one !== undefined) next.splice(Math.max(0, Math.min(list.length - 1, target)), 0, one);
  return next;
}
