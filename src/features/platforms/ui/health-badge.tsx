'use client';

import { useTranslations } from 'next-intl';
import type { ChannelHealth } from '@/features/platforms/schema';
import type { Tone } from '@/ui/badge';
import { StatusBadge } from '@/ui/status-badge';

const TONES: Record<ChannelHealth, Tone> = {
  healthy: 'ok',
  expiring: 'warn',
  refresh_failing: 'warn',
  needs_reauth: 'danger',
  disabled: 'neutral',
};

/** How a channel is doing, in one word. */
export function HealthBadge({ health }: { health: ChannelHealth }) {
  const t = useTranslations('platforms.health');
  return <StatusBadge tone={TONES[health]}>{t(health)}</StatusBadge>;
}
