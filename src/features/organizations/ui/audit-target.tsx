import Link from 'next/link';
import type { AuditView } from '../schema';

type AuditTargetProps = Pick<AuditView, 'targetType' | 'targetId' | 'targetLabel'>;

/** What an entry is about. A CRM record stands there by its id, and shows who it is for as long as it is kept. */
export function AuditTarget({ targetType, targetId, targetLabel }: AuditTargetProps) {
  if (targetType !== 'crm_record') return targetLabel;
  return (
    <Link href={`/crm/${targetId}`} className="text-iris-text underline">
      {targetLabel}
    </Link>
  );
}
