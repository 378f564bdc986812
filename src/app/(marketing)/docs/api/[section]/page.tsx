import type { Metadata } from 'next';
import Link from 'next/link';
import { notFound } from 'next/navigation';
import { apiReference } from '@/app/api/openapi.json/reference';
import { OperationEntry } from '../operation-entry';
import { Sections, sectionSlug } from '../sections';

type Props = { params: Promise<{ section: string }> };

const groupOf = (section: string) => apiReference().find(({ tag }) => sectionSlug(tag) === section);

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const group = groupOf((await params).section);
  return { title: group ? `${group.tag} · API` : 'API' };
}

/** One section of the API reference, every route in full. */
export default async function ApiSection({ params }: Props) {
  const group = groupOf((await params).section);
  if (!group) notFound();
  return (
    <div className="mx-auto grid max-w-6xl gap-10 px-4 py-10 lg:grid-cols-[200px_minmax(0,1fr)]">
      <Sections groups={apiReference()} current={group.tag} />
      <main id="main" className="min-w-0">
        <p className="text-sm">
          <Link href="/docs/api" className="text-iris-text hover:underline">
            API
          </Link>
        </p>
        <h1 className="font-display text-2xl font-semibold">{group.tag}</h1>
        <div className="mt-6 divide-y divide-line border-y border-line">
          {group.operations.map((operation) => (
            <OperationEntry key={operation.id} operation={operation} />
          ))}
        </div>
      </main>
    </div>
  );
}
