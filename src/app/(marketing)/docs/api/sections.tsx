import Link from 'next/link';
import type { TagGroup } from '@/app/api/openapi.json/reference';

/** The part of the address that names a section. */
export const sectionSlug = (tag: string): string => tag.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');

/** The list of sections beside every page of the reference. */
export function Sections({ groups, current }: { groups: readonly TagGroup[]; current?: string }) {
  return (
    <nav aria-label="Sections" className="hidden self-start lg:sticky lg:top-8 lg:block">
      <ul className="space-y-1 text-sm">
        {groups.map(({ tag, operations }) => (
          <li key={tag}>
            <Link
              href={`/docs/api/${sectionSlug(tag)}`}
              prefetch={false}
              aria-current={tag === current ? 'page' : undefined}
              className="flex justify-between rounded-md px-2 py-1 text-muted hover:bg-sunken hover:text-ink aria-[current=page]:bg-iris-tint aria-[current=page]:text-ink"
            >
              {tag}
              <span className="tabular-nums">{operations.length}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
