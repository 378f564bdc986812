import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { AuditPage } from '@/features/organizations/ui/audit-page';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('organization.nav'))('audit') };
}

export default function Page() {
  return <AuditPage />;
}
