'use client';
import { EditPost } from '@/features/content/ui/composer/edit-post';
import { useContentSession } from '../../../create/use-content-session';

export function Edit({ postId }: { postId: string }) {
  return <EditPost postId={postId} {...useContentSession()} />;
}
