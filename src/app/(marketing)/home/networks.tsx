import { useTranslations } from 'next-intl';
import { PLATFORM_IDS } from '@/features/platforms/schema';
import { NetworkMark, networkName } from '@/ui/network-mark';
import { Section } from './section';

const NETWORKS = PLATFORM_IDS.filter((id) => id !== 'sandbox');

/** The networks whose rules the composer knows. */
export function Networks() {
  const t = useTranslations('marketing.home.networks');
  return (
    <Section id="networks" title={t('title', { count: NETWORKS.length })} lead={t('lead')}>
      <ul className="flex flex-wrap gap-x-8 gap-y-4">
        {NETWORKS.map((id) => (
          <li key={id} className="flex items-center gap-2 text-lg">
            <NetworkMark platform={id} size={20} decorative />
            {networkName(id)}
          </li>
        ))}
      </ul>
    </Section>
  );
}
