import type { Metadata } from 'next';
import { apiReference, type Operation, type SchemaRow } from '@/app/api/openapi.json/reference';
import { Badge, type Tone } from '@/ui/badge';

export const metadata: Metadata = { title: 'API', description: 'Every route of the IriSync API.' };

const METHOD_TONE: Record<string, Tone> = {
  GET: 'info',
  POST: 'ok',
  PUT: 'warn',
  PATCH: 'warn',
  DELETE: 'danger',
};

/** The API reference, from the same definitions the routes run on. Plain HTML: it needs no script to be read. */
export default function ApiDocs() {
  const groups = apiReference();
  const anchor = (tag: string) => tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return (
    <div className="mx-auto grid max-w-6xl gap-10 px-4 py-10 lg:grid-cols-[200px_minmax(0,1fr)]">
      <nav aria-label="Sections" className="hidden self-start lg:sticky lg:top-8 lg:block">
        <ul className="space-y-1 text-sm">
          {groups.map(({ tag, operations }) => (
            <li key={tag}>
              <a
                href={`#${anchor(tag)}`}
                className="flex justify-between rounded-md px-2 py-1 text-muted hover:bg-sunken hover:text-ink"
              >
                {tag}
                <span className="tabular-nums">{operations.length}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <main id="main" className="min-w-0">
        <h1 className="font-display text-2xl font-semibold">API</h1>
        <Introduction />
        {groups.map(({ tag, operations }) => (
          <section key={tag} aria-labelledby={anchor(tag)} className="mt-12">
            <h2 id={anchor(tag)} className="scroll-mt-6 text-xl font-semibold">
              {tag}
            </h2>
            <div className="mt-3 divide-y divide-line border-y border-line">
              {operations.map((operation) => (
                <OperationEntry key={operation.id} operation={operation} />
              ))}
            </div>
          </section>
        ))}
      </main>
    </div>
  );
}

function Introduction() {
  const code = 'rounded-md bg-sunken px-1 py-0.5 font-mono text-xs';
  return (
    <div className="mt-3 max-w-[68ch] space-y-3 text-base text-muted">
      <p>
        Make an API key in your organisation’s settings and send it as{' '}
        <code className={code}>Authorization: Bearer irs_…</code>. A key acts in its own organisation with the
        permissions you gave it.
      </p>
      <p>
        Lists answer <code className={code}>{'{ items, cursor }'}</code>; pass{' '}
        <code className={code}>cursor</code> back for the next page. Send{' '}
        <code className={code}>Idempotency-Key</code> with anything you might repeat: the second request gets
        the first answer.
      </p>
      <p>
        Errors are <code className={code}>application/problem+json</code> with a stable{' '}
        <code className={code}>code</code>, a plain <code className={code}>detail</code>, the{' '}
        <code className={code}>requestId</code> to quote, and <code className={code}>errors[]</code> naming
        each faulty field. The machine-readable description is at{' '}
        <a className="text-iris-text underline" href="/api/openapi.json">
          /api/openapi.json
        </a>
        .
      </p>
    </div>
  );
}

function OperationEntry({ operation }: { operation: Operation }) {
  return (
    <details className="group py-1" id={operation.id}>
      <summary className="flex cursor-pointer flex-wrap items-center gap-x-3 gap-y-1 rounded-md px-2 py-2 hover:bg-sunken">
        <span className="w-16">
          <Badge tone={METHOD_TONE[operation.method] ?? 'neutral'}>{operation.method}</Badge>
        </span>
        <code className="min-w-0 font-mono text-sm break-all">{operation.path}</code>
        <span className="text-sm text-muted">{operation.summary}</span>
      </summary>
      <div className="space-y-5 px-2 pt-2 pb-6">
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
      <h3 className="text-sm font-semibold">{title}</h3>
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
