import 'server-only';
import type { ChannelAnnouncer } from './announcer';

/** An alert of the installation, as the health room tells it. */
export interface InstallationAlert {
  rule: { id: string; title: string; advice: string; severity: 'high' | 'critical' };
  /** `still`: a reminder. */
  change: 'fires' | 'still' | 'over';
  since: Date;
}

/** Brings alerts of the installation to the channels of whoever runs it. */
export class ChannelAlertSink {
  readonly name = 'notification channels';

  constructor(
    readonly organizationId: string,
    readonly announcer: Pick<ChannelAnnouncer, 'tell' | 'recover'>,
    readonly now: () => Date,
  ) {}

  async tell({ rule, change, since }: InstallationAlert): Promise<void> {
    const { organizationId } = this;
    const key = `alert:${rule.id}`;
    const at = this.now();
    const eventId = `${rule.id}_${change}_${(change === 'still' ? at : since).getTime()}`;
    if (change === 'over') return this.announcer.recover({ organizationId, key, at, eventId });
    await this.announcer.tell({
      ...{ organizationId, key, at, eventId, event: 'installation.alert', state: 'open' },
      severity: rule.severity === 'critical' ? 'critical' : 'warning',
      data: { title: rule.title, advice: rule.advice },
      href: null,
    });
  }
}
