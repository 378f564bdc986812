import type { ReactNode } from 'react';
import { OrganizationHead } from './organization-head';

export default function OrganizationLayout({ children }: { children: ReactNode }) {
  return (
    <>
      <OrganizationHead />
      <div className="grid gap-5 pt-4">{children}</div>
    </>
  );
}
