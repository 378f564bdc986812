import { useTranslations } from 'next-intl';
import { Section } from './section';

const FACTS = ['author', 'model', 'approved', 'sent', 'cost'] as const;

/** What is kept about every post, as the record itself. */
export function Provenance() {
  const t = useTranslations('marketing.home.provenance');
  return (
    <Section id="provenance" title={t('title')} lead={t('lead')}>
      <figure>
        <dl className="grid border-y border-line sm:grid-cols-5 sm:divide-x sm:divide-line">
          {FACTS.map((fact) => (
            <div
              key={fact}
              className="flex justify-between gap-4 border-b border-line py-3 last:border-b-0 sm:grid sm:content-start sm:gap-1 sm:border-b-0 sm:px-4 sm:py-4 sm:first:pl-0"
            >
              <dt className="text-sm text-muted">{t(`${fact}.name`)}</dt>
              <dd className="text-right font-mono text-sm sm:text-left">{t(`${fact}.value`)}</dd>
            </div>
          ))}
        </dl>
        <figcaption className="mt-2 text-sm text-muted">{t('caption')}</figcaption>
      </figure>
    </Section>
  );
}
