import type { Operation, SchemaRow } from '@/app/api/openapi.json/reference';
import { MethodBadge } from './method-badge';

/** One route: what it takes, what it answers, and a call to try. */
export function OperationEntry({ operation }: { operation: Operation }) {
  return (
    <details className="group py-1">
      <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 rounded-md px-2 py-2 hover:bg-sunken">
        <MethodBadge method={operation.method} />
        <code className="min-w-0 font-mono text-sm break-all">{operation.path}</code>
        <span className="text-sm text-muted">{operation.summary}</span>
      </summary>
      {/* Named inside, so that a link to it opens the entry. */}
      <div id={operation.id} className="scroll-mt-16 space-y-5 px-2 pt-2 pb-6">
        {operation.description && <p className="max-w-[68ch] text-sm">{operation.description}</p>}
        <p className="text-sm text-muted">
          {operation.access}
          {operation.permission && (
            <>
              {' · needs '}
              <code className="font-mono text-xs">{operation.permission}</code>
            </>
          )}
        </p>
        <Rows title="Parameters" rows={operation.parameters} />
        <Rows title="Body" rows={operation.body} />
        <Rows
          title={`Answer ${operation.success.status}`}
          rows={operation.success.rows}
          note={operation.success.note}
        />
        {/* A scrollable region must be reachable by keyboard. */}
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls. */}
        <pre tabIndex={0} className="overflow-x-auto rounded-md bg-sunken p-3 font-mono text-xs">
          {operation.curl}
        </pre>
      </div>
    </details>
  );
}

function Rows({ title, rows, note }: { title: string; rows: SchemaRow[]; note?: string }) {
  if (rows.length === 0 && !note) return null;
  return (
    <div>
      <h2 className="text-sm font-semibold">{title}</h2>
      {rows.length === 0 && <p className="mt-1 text-sm text-muted">{note}</p>}
      {rows.length > 0 && (
        <ul className="mt-1 divide-y divide-line border-t border-line text-sm">
          {rows.map((row) => (
            <li key={row.path} className="grid gap-x-4 py-1.5 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
              <span className="font-mono text-xs break-all">
                {row.path}
                {row.required && <span className="text-muted"> required</span>}
              </span>
              <span className="text-xs break-words text-muted">
                {row.type}
                {row.note && ` — ${row.note}`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
