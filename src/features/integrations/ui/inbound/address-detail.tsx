'use client';
import { useTranslations } from 'next-intl';
import { DateTime } from '@/ui/date-time';
import { StatusBadge } from '@/ui/status-badge';
import { INBOUND_PROVIDERS } from '../../inbound/providers.data';
import { type Address, STATE_TONES, stateOf, whyOf } from './address';
import { AddressActions } from './address-actions';
import { Handshake } from './handshake';
import { InboundHealth } from './health';
import { InboundLog } from './log';
import { Copied } from './shown-once';
import { VendorSteps } from './steps';
import { useMoment } from './use-moment';

/** One address, live: its state and why, what to do at the vendor, its secrets, and what came in. */
export function AddressDetail({ address, onDeleted }: { address: Address; onDeleted: () => void }) {
  const t = useTranslations('inbound');
  const moment = useMoment(address);
  const why = whyOf(address);
  const { providerId, vendorResource } = address;
  const inPath = providerId === 'salesforce';
  return (
    <div className="grid gap-5">
      <div className="grid gap-3">
        {address.description && <p>{address.description}</p>}
        <div>
          <StatusBadge tone={STATE_TONES[stateOf(address)]}>{t(`states.${stateOf(address)}`)}</StatusBadge>
        </div>
        {why && (
          <p role="status" className="rounded-lg border border-line bg-sunken p-3 text-sm">
            {t(`why.${why}`)}
          </p>
        )}
        <Copied
          label={t('address')}
          value={address.webhookUrl}
          copy={t('copyAddress')}
          hint={inPath ? t('addressCut') : undefined}
        />
        {vendorResource && (
          <p className="text-sm text-muted">{t('registeredFor', { resource: vendorResource })}</p>
        )}
      </div>
      <Handshake address={address} moment={moment} />
      <AddressActions address={address} onDeleted={onDeleted} />
      {address.secrets.length > 0 && <Secrets address={address} />}
      {!vendorResource && <VendorSteps providerId={providerId} />}
      <InboundHealth id={address.id} moment={moment} />
      <InboundLog id={address.id} moment={moment} />
    </div>
  );
}

function Secrets({ address }: { address: Address }) {
  const t = useTranslations('inbound');
  const ours = INBOUND_PROVIDERS[address.providerId].secret !== 'handshake';
  return (
    <section className="grid gap-2">
      <h3 className="text-sm font-medium">{t('secrets')}</h3>
      <ul className="grid gap-1 text-sm">
        {address.secrets.map(({ id, hint, expiresAt }) => (
          <li key={id} className="flex flex-wrap items-center gap-2">
            <code className="font-mono text-xs">…{hint}</code>
            <span className="text-muted">
              {expiresAt ? (
                <>
                  {t('verifiesUntil')} <DateTime at={expiresAt} />
                </>
              ) : (
                t('verifies')
              )}
            </span>
          </li>
        ))}
      </ul>
      {ours && <p className="text-xs text-muted">{t('secretsHidden')}</p>}
    </section>
  );
}
