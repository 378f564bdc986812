'use client';
import { useTranslations } from 'next-intl';
import { Card } from '@/ui/card';
import { LinkButton } from '@/ui/link-button';
import { INTEGRATIONS } from '../../registry.data';
import type { Connection } from '../connection';
import { nameOfKind } from './kinds';

/** From a connection to how each kind of its records is mapped. */
export function MappingLinks({ connection }: { connection: Connection }) {
  const t = useTranslations('mapping');
  const entities = INTEGRATIONS.find(({ type }) => type === connection.type)?.entities ?? [];
  return (
    <Card title={t('title')} description={t('links')}>
      <div className="flex flex-wrap gap-2">
        {entities.map((entity) => (
          <LinkButton key={entity} href={`/integrations/${connection.id}/mapping?entity=${entity}`}>
            {nameOfKind(t, entity)}
          </LinkButton>
        ))}
      </div>
    </Card>
  );
}
