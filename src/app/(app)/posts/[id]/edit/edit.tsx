'use client';
import { EditPost } from '@/features/content/ui/composer/edit-post';
import { LowBalanceBanner } from '@/features/tokens/ui/low-balance-banner';
import { useContentSession } from '../../../create/use-content-session';

export function Edit({ postId }: { postId: string }) {
  const content = useContentSession();
  return (
    <>
      <LowBalanceBanner organizationId={content.session.organizationId} className="mb-4" />
      <EditPost postId={postId} {...content} />
    </>
  );
}
