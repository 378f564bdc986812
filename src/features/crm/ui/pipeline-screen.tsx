'use client';
import { useQuery } from '@tanstack/react-query';
import { Columns3 } from 'lucide-react';
import dynamic from 'next/dynamic';
import { useTranslations } from 'next-intl';
import { parseAsString, useQueryStates } from 'nuqs';
import { api } from '@/client/api';
import { useCan, useSession } from '@/client/session';
import { useLiveQuery } from '@/client/use-live-query';
import { EmptyState } from '@/ui/empty-state';
import { ErrorState } from '@/ui/error-state';
import { Field } from '@/ui/field';
import { LinkButton } from '@/ui/link-button';
import { PageHeader } from '@/ui/page-header';
import { SandboxTag } from '@/ui/sandbox-tag';
import { Select } from '@/ui/select';
import { Skeleton } from '@/ui/skeleton';
import { columnsOf, type PipelineColumn } from '../pipeline';
import { crmRecordModel, isSandboxCrm, type Pipeline } from '../schema';
import { Sums } from './money';
import { PipelineCard } from './pipeline-card';
import { type PipelineRecord, pipelineRecord } from './pipeline-record';
import { useMoves } from './use-moves';

// Dragging is loaded on screens that have room for columns.
const PipelineBoard = dynamic(() => import('./pipeline-board'), {
  ssr: false,
  loading: () => <BoardSkeleton />,
});

/** A board with more is none: what is left out is said. */
const MOST = 300;
const VIEW = { pipeline: parseAsString, stage: parseAsString };

const keyOf = ({ connectionId, entity }: Pipeline) => `${connectionId}.${entity}`;

/** Deals and opportunities by stage, live: what lies where, what it is worth, and moved from stage to stage. */
export function PipelineScreen() {
  const t = useTranslations('pipeline');
  const { organization } = useSession();
  const [{ pipeline: asked }, setView] = useQueryStates(VIEW);
  const pipelines = useQuery({
    queryKey: ['crm-pipelines', organization.id],
    queryFn: () => api<{ items: Pipeline[] }>('GET', '/api/crm/pipelines'),
    staleTime: 60_000,
  });
  const all = pipelines.data?.items ?? [];
  const shown = all.find((one) => keyOf(one) === asked) ?? all[0];
  return (
    <>
      <PageHeader
        title={t('title')}
        description={t('description')}
        aside={shown && isSandboxCrm(shown.platform) && <SandboxTag />}
        actions={
          shown &&
          all.length > 1 && (
            <Field label={t('which')} hideLabel className="w-56">
              <Select
                value={keyOf(shown)}
                onValueChange={(next) => void setView({ pipeline: next, stage: null })}
                options={all.map((one) => ({
                  value: keyOf(one),
                  label: `${one.name}: ${t(`entities.${one.entity}`)}`,
                }))}
              />
            </Field>
          )
        }
      />
      {pipelines.isPending && <BoardSkeleton />}
      {pipelines.isError && <ErrorState error={pipelines.error} onRetry={() => void pipelines.refetch()} />}
      {pipelines.data && !shown && (
        <EmptyState
          icon={<Columns3 />}
          title={t('empty.title')}
          body={t('empty.body')}
          action={
            <LinkButton href="/integrations" variant="primary">
              {t('empty.action')}
            </LinkButton>
          }
        />
      )}
      {shown && <LivePipeline key={keyOf(shown)} pipeline={shown} />}
    </>
  );
}

function LivePipeline({ pipeline }: { pipeline: Pipeline }) {
  const t = useTranslations('pipeline');
  const { organization } = useSession();
  const editable = useCan('crm.write') && pipeline.editable;
  const live = useLiveQuery({
    model: crmRecordModel,
    where: [
      ['organizationId', '==', organization.id],
      ['connectionId', '==', pipeline.connectionId],
      ['entity', '==', pipeline.entity],
      ['status', '==', 'active'],
    ],
    orderBy: [['sortTitle', 'asc']],
    limit: MOST,
  });
  const labelOf = (stage: string | null) =>
    stage === null ? t('noStage') : (pipeline.stages.find(({ value }) => value === stage)?.label ?? stage);
  const { move, withMoves, said } = useMoves(labelOf);
  if (live.status === 'loading') return <BoardSkeleton />;
  if (live.error) return <ErrorState error={live.error} onRetry={live.retry} />;
  const columns = columnsOf(withMoves(live.items.map(pipelineRecord)), pipeline.stages);
  if (live.items.length === 0 && pipeline.stages.length === 0)
    return <EmptyState icon={<Columns3 />} title={t('none.title')} body={t('none.body')} />;
  const onMove = (record: PipelineRecord, stage: string) => void move(record, stage);
  return (
    <>
      <p role="status" className="sr-only">
        {said}
      </p>
      {!pipeline.stagesKnown && <p className="mb-3 text-sm text-muted">{t('stagesUnknown')}</p>}
      {!pipeline.editable && <p className="mb-3 text-sm text-muted">{t('readOnly')}</p>}
      {live.items.length === MOST && <p className="mb-3 text-sm text-warn">{t('more', { count: MOST })}</p>}
      <div className="max-md:hidden">
        <PipelineBoard columns={columns} labelOf={labelOf} editable={editable} onMove={onMove} />
      </div>
      <div className="md:hidden">
        <StageList columns={columns} labelOf={labelOf} editable={editable} onMove={onMove} />
      </div>
    </>
  );
}

type ListProps = {
  columns: readonly PipelineColumn<PipelineRecord>[];
  labelOf: (stage: string | null) => string;
  editable: boolean;
  onMove: (record: PipelineRecord, stage: string) => void;
};

const NONE = '(none)';

/** One stage at a time, for narrow screens; another stage is chosen for each record. */
function StageList({ columns, labelOf, editable, onMove }: ListProps) {
  const t = useTranslations('pipeline');
  const [{ stage: asked }, setView] = useQueryStates(VIEW);
  const shown = columns.find(({ stage }) => (stage ?? NONE) === asked) ?? columns[0];
  const stages = columns.flatMap(({ stage }) =>
    stage === null ? [] : [{ value: stage, label: labelOf(stage) }],
  );
  if (!shown) return null;
  return (
    <div className="grid gap-3">
      <Field label={t('stage')}>
        <Select
          value={shown.stage ?? NONE}
          onValueChange={(stage) => void setView({ stage })}
          options={columns.map(({ stage, deals }) => ({
            value: stage ?? NONE,
            label: `${labelOf(stage)} (${deals.length})`,
          }))}
        />
      </Field>
      <p className="text-sm text-muted">
        {t('count', { count: shown.deals.length })} <Sums sums={shown.sums} />
      </p>
      <ul className="grid gap-2">
        {shown.deals.map((record) => (
          <li key={record.id} className="grid gap-1">
            <PipelineCard record={record} />
            {editable && (
              <Field label={t('moveTo', { name: record.title })} hideLabel>
                <Select
                  value={record.stage ?? ''}
                  placeholder={record.stage === null ? t('noStage') : undefined}
                  onValueChange={(stage) => stage && onMove(record, stage)}
                  options={stages}
                />
              </Field>
            )}
          </li>
        ))}
      </ul>
      {shown.deals.length === 0 && <p className="text-muted">{t('emptyStage')}</p>}
    </div>
  );
}

function BoardSkeleton() {
  return (
    <div className="flex gap-3 overflow-hidden" aria-busy="true" aria-hidden="true">
      {[0, 1, 2, 3].map((column) => (
        <Skeleton key={column} className="h-80 w-64 shrink-0 rounded-lg max-md:w-full" />
      ))}
    </div>
  );
}
