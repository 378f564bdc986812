import { redirect } from 'next/navigation';

export default function OrganizationPage() {
  redirect('/organization/members');
}
