'use client';
import { TemplatesPage } from '@/features/content/ui/library/templates-page';
import { useContentSession } from '../create/use-content-session';

export function Templates() {
  const { session } = useContentSession();
  return <TemplatesPage session={session} />;
}
