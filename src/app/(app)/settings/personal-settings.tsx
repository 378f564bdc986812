'use client';
import { ConfirmAddress } from '@/features/auth/ui/confirm-address';
import { NotificationPreferences } from '@/features/notifications/ui/preferences-card';
import { AccountCard } from '@/features/users/ui/account-card';
import { PreferencesCard } from '@/features/users/ui/preferences-card';
import { ProfileCard } from '@/features/users/ui/profile-card';

/** Everything about the person, in one column. */
export function PersonalSettings() {
  return (
    <div className="grid max-w-180 gap-5">
      <ProfileCard confirmAddress={<ConfirmAddress next="/settings" />} />
      <PreferencesCard />
      <NotificationPreferences />
      <AccountCard />
    </div>
  );
}
