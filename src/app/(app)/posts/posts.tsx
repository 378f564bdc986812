'use client';
import { PostsTable } from '@/features/content/ui/posts/posts-table';
import { useContentSession } from '../create/use-content-session';

export function Posts() {
  const { session } = useContentSession();
  return <PostsTable session={session} />;
}
