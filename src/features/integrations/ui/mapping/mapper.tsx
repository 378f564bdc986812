'use client';
import { LayoutTemplate, Plus, Workflow } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { type KeyboardEvent, useEffect, useState } from 'react';
import { Button } from '@/ui/button';
import { EmptyState } from '@/ui/empty-state';
import { MAPPING_TEMPLATES } from '../../mapping/templates.data';
import { INTEGRATIONS } from '../../registry.data';
import { MappingList } from './mapping-list';
import { OwnFields } from './own-fields';
import { PreviewPanel } from './preview-panel';
import { SaveBar } from './save-bar';
import { TemplateDialog } from './template-dialog';
import { type MapperInput, type MapperState, useMapper } from './use-mapper';
import { VendorFields } from './vendor-fields';

/** The vendor's fields, the mappings, and what they make of a record, side by side. */
export function Mapper(props: MapperInput & { onDirty: (dirty: boolean) => void }) {
  const { connection, manage, onDirty } = props;
  const mapper = useMapper(props);
  const { rows, dirty, dispatch } = mapper;
  useEffect(() => onDirty(dirty), [dirty, onDirty]);
  const vendor = INTEGRATIONS.find(({ type }) => type === connection.type)?.name ?? connection.name;
  const mapped = new Map(rows.map(({ key, rule }) => [rule.externalField, key]));
  const filled = new Map(rows.map(({ key, rule }) => [rule.internalField, key]));
  const press = (event: KeyboardEvent) => {
    const typing = event.target instanceof Element && event.target.closest('input, textarea, select');
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !manage) return;
    const key = event.key.toLowerCase();
    if (key === 's') {
      event.preventDefault();
      if (dirty && mapper.faulty + mapper.colliding === 0 && !mapper.saving) void mapper.submit();
    } else if (!typing && (key === 'z' || key === 'y')) {
      event.preventDefault();
      dispatch({ do: key === 'y' || event.shiftKey ? 'redo' : 'undo' });
    }
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys that save and undo, wherever within the mapper the focus is
    <div
      onKeyDown={press}
      className="grid grid-cols-1 items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(260px,320px)] lg:grid-rows-[auto_1fr] xl:grid-cols-[minmax(220px,280px)_minmax(0,1fr)_minmax(260px,320px)] xl:grid-rows-none"
    >
      <Middle mapper={mapper} manage={manage} />
      <div className="grid grid-cols-1 gap-4 lg:col-start-2 lg:row-start-1 xl:col-start-3">
        {manage && <Trial mapper={mapper} />}
        <OwnFields
          fields={mapper.own}
          filled={filled}
          readOnly={!manage}
          onFill={({ field, type }) => mapper.addTo(field, type)}
          onOpen={mapper.setEditing}
        />
      </div>
      {manage && (
        <div className="min-w-0 lg:col-start-2 lg:row-start-2 xl:col-start-1 xl:row-start-1">
          <VendorFields
            vendor={vendor}
            fields={mapper.properties}
            connected={connection.status !== 'disconnected'}
            loading={mapper.vendor.isLoading}
            error={mapper.vendor.error}
            onRetry={() => void mapper.vendor.refetch()}
            mapped={mapped}
            suggestions={mapper.suggestions}
            onMap={mapper.addFrom}
            onSuggested={(all) => mapper.put(all.map(({ rule }) => ({ key: null, rule })))}
            onOpen={mapper.setEditing}
          />
        </div>
      )}
    </div>
  );
}

function Middle({ mapper, manage }: { mapper: MapperState; manage: boolean }) {
  const t = useTranslations('mapping');
  const [choosing, setChoosing] = useState(false);
  const { rows, kind, missing } = mapper;
  const template = MAPPING_TEMPLATES.find(
    (one) => one.integrationType === kind.integrationType && one.entityType === kind.entityType,
  );
  const standard = template && manage && (
    <Button icon={<LayoutTemplate />} onClick={() => setChoosing(true)}>
      {t('template.open')}
    </Button>
  );
  return (
    <section
      aria-labelledby="mappings"
      className="grid grid-cols-1 gap-3 lg:col-start-1 lg:row-span-2 lg:row-start-1 xl:col-start-2 xl:row-span-1"
    >
      <div className="flex flex-wrap items-center justify-between gap-2">
        <h2 id="mappings" className="text-base font-semibold">
          {t('list.title', { count: rows.length })}
        </h2>
        {manage && (
          <div className="flex flex-wrap gap-2">
            {rows.length > 0 && standard}
            <Button icon={<Plus />} onClick={mapper.add}>
              {t('list.add')}
            </Button>
          </div>
        )}
      </div>
      {!manage && <p className="rounded-lg border border-line bg-sunken p-3 text-sm">{t('readOnly')}</p>}
      {missing.length > 0 && rows.length > 0 && (
        <p role="status" className="rounded-lg border border-warn/40 bg-warn-tint p-3 text-sm">
          {t('missing', { fields: missing.map(({ field }) => field).join(', '), count: missing.length })}
        </p>
      )}
      {rows.length === 0 ? (
        <EmptyState
          icon={<Workflow />}
          title={t('empty.title')}
          body={t(manage ? 'empty.body' : 'empty.readOnly')}
          action={standard}
        />
      ) : (
        <MappingList mapper={mapper} readOnly={!manage} />
      )}
      {manage && <SaveBar mapper={mapper} />}
      {choosing && template && (
        <TemplateDialog
          template={template}
          rows={rows}
          onClose={() => setChoosing(false)}
          onApply={mapper.put}
        />
      )}
    </section>
  );
}

function Trial({ mapper }: { mapper: MapperState }) {
  const { trial, rows } = mapper;
  return (
    <PreviewPanel
      rows={rows}
      source={trial.source}
      onSource={trial.setSource}
      samples={trial.samples}
      onChoose={trial.choose}
      pasted={trial.pasted}
      onPaste={trial.setPasted}
      record={trial.record}
      preview={trial.preview}
    />
  );
}
