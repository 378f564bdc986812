'use client';

import { Columns3 } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { IconButton } from './icon-button';
import { Menu } from './menu';

type ColumnChoiceProps = {
  columns: readonly { id: string; label: string; visible: boolean }[];
  onToggle: (id: string) => void;
};

/** Which columns a table shows. */
export function ColumnChoice({ columns, onToggle }: ColumnChoiceProps) {
  const t = useTranslations('common.table');
  return (
    <Menu
      align="end"
      trigger={<IconButton label={t('columns')} icon={<Columns3 aria-hidden="true" />} size="sm" />}
      items={[
        { heading: t('columns') },
        ...columns.map((column) => ({
          label: column.label,
          checked: column.visible,
          onSelect: () => onToggle(column.id),
        })),
      ]}
    />
  );
}
