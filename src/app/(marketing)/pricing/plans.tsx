import { useFormatter, useTranslations } from 'next-intl';
import { TIERS } from '@/features/organizations/schema';
import { BASE_CURRENCY, MODEL_CLASSES, TIER_DEFINITIONS } from '@/features/tokens/tiers.data';
import { buttonStyles } from '@/ui/button-styles';
import { LINKS } from '../links';

const LIMITS = ['channels', 'members', 'scheduledPosts'] as const;
const cell = 'border-b border-line px-4 py-3';

/** The plans as one table: a plan is a column, and reading along a row compares. */
export function Plans() {
  const t = useTranslations('marketing.pricing');
  const format = useFormatter();
  const money = (minor: number) =>
    format.number(minor / 100, { style: 'currency', currency: BASE_CURRENCY, maximumFractionDigits: 0 });
  const tiers = TIERS.map((id) => ({ id, ...TIER_DEFINITIONS[id] }));
  const per = (perSeat: boolean) => (perSeat ? t('perSeat') : t('perMonth'));
  return (
    // biome-ignore lint/a11y/useSemanticElements: the table scrolls sideways on phones and must be reachable by keyboard
    // biome-ignore lint/a11y/noNoninteractiveTabindex: see above
    <div role="region" aria-labelledby="plans" tabIndex={0} className="scroll-fade-x mt-10">
      <table className="w-full min-w-180 border-separate border-spacing-0 text-left text-base">
        <caption id="plans" className="sr-only">
          {t('plans')}
        </caption>
        <thead>
          <tr>
            <td className="w-44 border-b border-line" />
            {tiers.map(({ id, name, monthlyPrice, perSeat }) => (
              <th key={id} scope="col" className={`${cell} align-bottom font-normal`}>
                <span className="block text-lg font-semibold">{name}</span>
                <span className="mt-1 block font-display text-2xl font-semibold tabular-nums">
                  {money(monthlyPrice)}
                </span>
                <span className="block text-sm text-muted">{per(perSeat)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row" className={`${cell} pl-0 font-medium`}>
              {t('tokens')}
            </th>
            {tiers.map(({ id, tokensPerPeriod, perSeat }) => (
              <td key={id} className={`${cell} tabular-nums`}>
                <span className="font-medium">{format.number(tokensPerPeriod)}</span>{' '}
                <span className="text-sm text-muted">{per(perSeat)}</span>
              </td>
            ))}
          </tr>
          {LIMITS.map((limit) => (
            <tr key={limit}>
              <th scope="row" className={`${cell} pl-0 font-medium`}>
                {t(`limits.${limit}`)}
              </th>
              {tiers.map(({ id, limits }) => (
                <td key={id} className={`${cell} tabular-nums`}>
                  {limits[limit] === null ? t('unlimited') : format.number(limits[limit])}
                </td>
              ))}
            </tr>
          ))}
          <tr>
            <th scope="row" className={`${cell} pl-0 font-medium`}>
              {t('models')}
            </th>
            {tiers.map(({ id, modelClasses }) => (
              <td key={id} className={cell}>
                {MODEL_CLASSES.filter((name) => modelClasses[name] !== undefined)
                  .map(
                    (name) => t(`modelClass.${name}`) + (modelClasses[name] === 'all' ? '' : ` ${t('some')}`),
                  )
                  .join(', ')}
              </td>
            ))}
          </tr>
          <tr>
            <td />
            {tiers.map(({ id, name }) => (
              <td key={id} className="px-4 py-4">
                <a
                  href={LINKS.signUp}
                  className={buttonStyles({ variant: id === 'creator' ? 'primary' : 'secondary' })}
                >
                  {t('choose', { name })}
                </a>
              </td>
            ))}
          </tr>
        </tbody>
      </table>
    </div>
  );
}
