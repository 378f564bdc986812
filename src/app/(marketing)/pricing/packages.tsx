import { useFormatter, useTranslations } from 'next-intl';
import { BASE_CURRENCY, TOKEN_PACKAGES } from '@/features/tokens/tiers.data';

/** Token packages: what they cost, and what one token costs in them. */
export function Packages() {
  const t = useTranslations('marketing.pricing.packages');
  const format = useFormatter();
  const money = (minor: number) =>
    format.number(minor / 100, { style: 'currency', currency: BASE_CURRENCY, maximumFractionDigits: 3 });
  const dearest = Math.max(...TOKEN_PACKAGES.map((one) => one.price / one.tokens));
  return (
    <section aria-labelledby="packages">
      <h2 id="packages" className="font-display text-xl font-semibold tracking-tight">
        {t('title')}
      </h2>
      <p className="mt-1 max-w-[52ch] text-lg text-muted">{t('lead')}</p>
      <table className="mt-5 w-full text-left text-base">
        <thead>
          <tr className="border-b border-line text-sm text-muted">
            <th scope="col" className="py-2 font-normal">
              {t('tokens')}
            </th>
            <th scope="col" className="py-2 text-right font-normal">
              {t('price')}
            </th>
            <th scope="col" className="w-2/5 py-2 pl-6 font-normal">
              {t('each')}
            </th>
          </tr>
        </thead>
        <tbody>
          {TOKEN_PACKAGES.map(({ id, tokens, price }) => (
            <tr key={id} className="border-b border-line">
              <th scope="row" className="py-2.5 font-medium">
                {format.number(tokens)}
              </th>
              <td className="py-2.5 text-right">{money(price)}</td>
              <td className="py-2.5 pl-6">
                <span className="flex items-center gap-3">
                  <span aria-hidden="true" className="h-1.5 flex-1 overflow-hidden rounded-full bg-ink/8">
                    <span
                      className="block h-full rounded-full bg-iris"
                      style={{ width: `${(price / tokens / dearest) * 100}%` }}
                    />
                  </span>
                  <span className="w-14 text-right text-sm text-muted">{money(price / tokens)}</span>
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
