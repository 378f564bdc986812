import { useTranslations } from 'next-intl';
import { Timeline } from '@/ui/timeline';
import { Section } from './section';

const STEPS = ['due', 'claimed', 'intent', 'call', 'confirmed'] as const;

/** The line a post travels, station by station. */
function Line() {
  const t = useTranslations('marketing.home.once.steps');
  return (
    <ol className="grid sm:grid-cols-5">
      {STEPS.map((step, index) => (
        <li key={step} className="relative flex gap-3 pb-4 pl-6 sm:block sm:pt-6 sm:pr-3 sm:pb-0 sm:pl-0">
          {index < STEPS.length - 1 && (
            <span
              aria-hidden="true"
              className="absolute top-3 bottom-0 left-[5.5px] w-px bg-edge sm:top-[5.5px] sm:right-0 sm:bottom-auto sm:left-3 sm:h-px sm:w-auto"
            />
          )}
          <span
            aria-hidden="true"
            className={`absolute top-1.5 left-0 size-3 rounded-full border-2 sm:top-0 ${step === 'confirmed' ? 'border-ok bg-ok' : step === 'call' ? 'border-coral bg-coral' : 'border-iris bg-surface'}`}
          />
          <span className="grid gap-0.5">
            <span className="font-medium">{t(`${step}.name`)}</span>
            <span className="text-sm text-muted">{t(`${step}.body`)}</span>
          </span>
        </li>
      ))}
    </ol>
  );
}

/** The promise of exactly once, and what happens when a network does not answer. */
export function Once() {
  const t = useTranslations('marketing.home.once');
  return (
    <Section id="once" title={t('title')} lead={t('lead')}>
      <Line />
      <div className="mt-10 grid gap-8 lg:grid-cols-2">
        <div className="grid content-start gap-2">
          <h3 className="text-lg font-semibold">{t('silence')}</h3>
          <p className="max-w-[52ch] text-lg text-muted">{t('silenceBody')}</p>
        </div>
        <figure>
          <div className="rounded-lg border border-line bg-surface p-5">
            <Timeline
              events={[
                { id: 'a', at: 0, when: '14:00:00', tone: 'iris', title: t('log.call') },
                {
                  id: 'b',
                  at: 1,
                  when: '14:00:10',
                  tone: 'danger',
                  title: t('log.reset'),
                  body: t('log.resetBody'),
                },
                { id: 'c', at: 2, when: '14:00:40', tone: 'info', title: t('log.ask') },
                {
                  id: 'd',
                  at: 3,
                  when: '14:00:41',
                  tone: 'ok',
                  title: t('log.found'),
                  body: t('log.foundBody'),
                },
              ]}
            />
          </div>
          <figcaption className="mt-2 text-sm text-muted">{t('caption')}</figcaption>
        </figure>
      </div>
    </Section>
  );
}
