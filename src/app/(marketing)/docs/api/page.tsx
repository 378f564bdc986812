import type { Metadata } from 'next';
import Link from 'next/link';
import { apiReference } from '@/app/api/openapi.json/reference';
import { MethodBadge } from './method-badge';
import { Sections, sectionSlug } from './sections';

export const metadata: Metadata = { title: 'API', description: 'Every route of the IriSync API.' };

/** The API reference, from the same definitions the routes run on. Plain HTML: it needs no script to be read. */
export default function ApiDocs() {
  const groups = apiReference();
  return (
    <div className="mx-auto grid max-w-6xl gap-10 px-4 py-10 lg:grid-cols-[200px_minmax(0,1fr)]">
      <Sections groups={groups} />
      <main id="main" className="min-w-0">
        <h1 className="font-display text-2xl font-semibold">API</h1>
        <Introduction />
        {groups.map(({ tag, operations }) => (
          <section key={tag} aria-labelledby={sectionSlug(tag)} className="mt-12">
            <h2 id={sectionSlug(tag)} className="scroll-mt-6 text-xl font-semibold">
              {tag}
            </h2>
            <ul className="mt-3 divide-y divide-line border-y border-line">
              {operations.map(({ id, method, path, summary }) => (
                <li key={id}>
                  <Link
                    href={`/docs/api/${sectionSlug(tag)}#${id}`}
                    prefetch={false}
                    className="flex flex-wrap items-center gap-x-3 gap-y-1 rounded-md px-2 py-2.5 hover:bg-sunken"
                  >
                    <MethodBadge method={method} />
                    <code className="min-w-0 font-mono text-sm break-all">{path}</code>
                    <span className="text-sm text-muted">{summary}</span>
                  </Link>
                </li>
              ))}
            </ul>
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
