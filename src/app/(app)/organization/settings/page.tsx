import type { Metadata } from 'next';
import { getTranslations } from 'next-intl/server';
import { OrganizationEnd } from '@/features/organizations/ui/organization-end';
import { OrganizationForm } from '@/features/organizations/ui/organization-form';

export async function generateMetadata(): Promise<Metadata> {
  return { title: (await getTranslations('organization.nav'))('settings') };
}

export default function Page() {
  return (
    <div className="grid max-w-180 gap-5">
      <OrganizationForm />
      <OrganizationEnd />
    </div>
  );
}
