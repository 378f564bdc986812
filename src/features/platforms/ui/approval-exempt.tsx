'use client';
import { useTranslations } from 'next-intl';
import { useLiveQuery } from '@/client/use-live-query';
import { can } from '@/features/organizations/permissions';
import { memberModel } from '@/features/organizations/schema';
import type { Connection } from '@/features/platforms/schema';
import { Checkbox } from '@/ui/checkbox';

/** Members who may publish on a channel without approval all the same. Whoever may approve needs no mention. */
export function ApprovalExempt({ channel }: { channel: Connection }) {
  const t = useTranslations('platforms.settings');
  const members = useLiveQuery({
    model: memberModel,
    params: { orgId: channel.organizationId },
    orderBy: [['displayName', 'asc']],
    limit: 200,
  });
  const people = members.items.filter(
    ({ role }) => can(role, 'content.publish') && !can(role, 'content.approve'),
  );
  if (people.length === 0) return null;
  return (
    <fieldset className="grid gap-2">
      <legend className="pb-1 text-sm font-medium">{t('exempt')}</legend>
      <p className="text-xs text-muted">{t('exemptHint')}</p>
      {people.map((member) => (
        <div key={member.userId}>
          <input type="hidden" name="exemptShown" value={member.userId} />
          <Checkbox
            name={`exempt:${member.userId}`}
            label={member.displayName}
            defaultChecked={channel.settings.approvalExempt.includes(member.userId)}
          />
        </div>
      ))}
    </fieldset>
  );
}

/** Who was chosen in the form; people it did not show stay as they were. */
export function exemptFrom(fields: FormData, channel: Connection): string[] {
  const shown = fields.getAll('exemptShown').map(String);
  const kept = channel.settings.approvalExempt.filter((id) => !shown.includes(id));
  return [...kept, ...shown.filter((id) => fields.has(`exempt:${id}`))];
}
