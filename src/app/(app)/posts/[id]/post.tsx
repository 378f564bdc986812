'use client';
import { PostDetail } from '@/features/content/ui/posts/post-detail';
import { useContentSession } from '../../create/use-content-session';

export function PostScreen({ postId }: { postId: string }) {
  const { session } = useContentSession();
  return <PostDetail session={session} postId={postId} />;
}
