'use client';
import { MediaLibrary } from '@/features/content/ui/media/media-library';
import { useContentSession } from '../create/use-content-session';

export function Media() {
  const { session } = useContentSession();
  return <MediaLibrary session={session} />;
}
