import 'server-only';
import { afterResponse } from '@/core/http/after';
import type { Ids } from '@/core/ids';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { Clock } from '@/core/time/clock';
import type { AlertRepository, AlertState } from './alert-repository';
import { type AlertFacts, judge, newSince, sumFacts, type Verdict } from './alert-rules';
import { ALERT_RULES, ALERT_WINDOW_MINUTES, type AlertRule } from './alerts.data';

export interface AlertNotice {
  rule: AlertRule;
  /** `still`: a reminder. */
  change: 'fires' | 'still' | 'over';
  value: number | null;
  since: Date;
}

/** Where notices go: a chat webhook, mail. Each is told; one's failure does not keep the others from hearing. */
export interface AlertSink {
  readonly name: string;
  tell(notice: AlertNotice): Promise<void>;
}

export interface AlertDeps {
  repository: AlertRepository;
  clock: Clock;
  ids: Ids;
  /** This process's counters since its start. */
  facts: () => Promise<AlertFacts>;
  queueDepth: () => Promise<number>;
  sinks: AlertSink[];
  rules?: readonly AlertRule[];
}

const REPORT_EVERY_MS = 60_000;
const REMIND_EVERY_MS = 6 * 3600_000;

/**
 * Every process reports what it counted about once a minute, while it has anything to report; the scheduled task adds the
 * reports up, so that the rules judge all processes together.
 */
export class AlertService {
  #reported: AlertFacts = {};
  #nextReportAt = 0;

  constructor(readonly deps: AlertDeps) {}

  static getInstance(): AlertService {
    return singleton<AlertService>('AlertService');
  }

  /** Called after every request and by the worker; mostly does nothing. */
  noticeActivity(): void {
    const now = this.deps.clock.now().getTime();
    if (now < this.#nextReportAt) return;
    this.#nextReportAt = now + REPORT_EVERY_MS;
    afterResponse(() => this.report());
  }

  async report(): Promise<void> {
    const { repository, clock, ids, facts } = this.deps;
    const now = await facts();
    const added = newSince(this.#reported, now);
    if (!added) return;
    await repository.addSample(ids.next(), clock.now(), added);
    this.#reported = now;
  }

  /** Judges every rule and tells people about changes. @returns counts for the scheduled task's answer. */
  async evaluate(): Promise<{ firing: number; told: number }> {
    await this.report();
    const { repository, clock, queueDepth, rules = ALERT_RULES } = this.deps;
    const since = new Date(clock.now().getTime() - ALERT_WINDOW_MINUTES * 60_000);
    const [samples, depth, states] = await Promise.all([
      repository.samplesSince(since),
      queueDepth(),
      repository.states(),
    ]);
    const facts = sumFacts(samples);
    const result = { firing: 0, told: 0 };
    for (const rule of rules) {
      const verdict = judge(rule, facts, depth);
      if (verdict.firing) result.firing += 1;
      if (await this.#settle(rule, verdict, states.get(rule.id))) result.told += 1;
    }
    return result;
  }

  /** Rules that fire now, for the health page. */
  async firing(): Promise<{ rule: AlertRule; state: AlertState }[]> {
    const states = await this.deps.repository.states();
    return (this.deps.rules ?? ALERT_RULES).flatMap((rule) => {
      const state = states.get(rule.id);
      return state?.firing ? [{ rule, state }] : [];
    });
  }

  /** @returns whether people were told. */
  async #settle(
    rule: AlertRule,
    { firing, value }: Verdict,
    known: AlertState | undefined,
  ): Promise<boolean> {
    const now = this.deps.clock.now();
    const changed = firing !== (known?.firing ?? false);
    if (!changed && !firing) return false;
    const since = changed ? now : (known?.since ?? now);
    const overdue = !known?.toldAt || now.getTime() - known.toldAt.getTime() >= REMIND_EVERY_MS;
    const tell = changed || overdue;
    const toldAt = tell ? now : (known?.toldAt ?? null);
    await this.deps.repository.saveState(rule.id, { firing, value, since, toldAt });
    if (!tell) return false;
    await this.#tell({ rule, change: changed ? (firing ? 'fires' : 'over') : 'still', value, since });
    return true;
  }

  async #tell(notice: AlertNotice): Promise<void> {
    const facts = { alert: notice.rule.id, change: notice.change, value: notice.value };
    if (notice.change === 'over') logger.info(facts, 'an alert is over');
    else logger.fatal(facts, notice.rule.title);
    for (const sink of this.deps.sinks) {
      try {
        await sink.tell(notice);
      } catch (error) {
        logger.error(
          { err: error, sink: sink.name, alert: notice.rule.id },
          'an alert could not be delivered',
        );
      }
    }
  }
}
