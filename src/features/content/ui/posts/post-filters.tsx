'use client';
import { useTranslations } from 'next-intl';
import type { Connection } from '@/features/platforms/schema';
import { networkName } from '@/ui/network-mark';
import { Select } from '@/ui/select';
import type { Post } from '../../schema';
import { useCampaigns } from '../use-campaigns';
import type { PostFilter } from './use-posts';

interface PostFiltersProps {
  organizationId: string;
  channels: readonly Connection[];
  /** What is in sight: its tags can be chosen. */
  posts: readonly Post[];
  filter: PostFilter;
  onChange: (filter: PostFilter) => void;
}

/** By channel, campaign or tag: choosing one takes the place of the other. */
export function PostFilters({ organizationId, channels, posts, filter, onChange }: PostFiltersProps) {
  const t = useTranslations('content.posts');
  const campaigns = useCampaigns(organizationId);
  const tags = [...new Set([...posts.flatMap((post) => post.tags), ...(filter.tag ? [filter.tag] : [])])];
  const fields = [
    {
      field: 'channel',
      options: channels.map((one) => ({
        value: one.id,
        label: `${networkName(one.platform)} · ${one.displayName}`,
      })),
    },
    { field: 'campaignId', options: campaigns.map((one) => ({ value: one.id, label: one.name })) },
    {
      field: 'tag',
      options: tags.toSorted((a, b) => a.localeCompare(b)).map((tag) => ({ value: tag, label: tag })),
    },
  ] as const;
  return (
    <div className="flex flex-wrap gap-2">
      {fields.map(
        ({ field, options }) =>
          // Nobody chooses from nothing; what is chosen can always be taken back.
          (options.length > 0 || filter[field]) && (
            <Select
              key={field}
              aria-label={t(`filter.${field}`)}
              placeholder={t(`every.${field}`)}
              value={filter[field] ?? ''}
              onValueChange={(value) => onChange(value ? { [field]: value } : {})}
              options={options}
              className="w-48 max-sm:w-full"
            />
          ),
      )}
    </div>
  );
}
