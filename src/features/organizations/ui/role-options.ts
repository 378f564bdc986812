import { useTranslations } from 'next-intl';
import { outranks, ROLES, type Role } from '../permissions';

/** Roles a person may give: none above their own. */
export function useRoleOptions(own: Role): { value: Role; label: string }[] {
  const t = useTranslations('organization.role');
  return ROLES.filter((role) => outranks(own, role)).map((role) => ({ value: role, label: t(role) }));
}
