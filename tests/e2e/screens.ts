/** Every screen of the product, for the checks that must hold on all of them. A test fails when a page is missing here. */
export interface Screen {
  name: string;
  path: string;
  /** Needs the demo organisation's session. */
  signedIn: boolean;
}

const open = (name: string, path: string): Screen => ({ name, path, signedIn: false });
const inside = (name: string, path: string): Screen => ({ name, path, signedIn: true });

export const SCREENS: readonly Screen[] = [
  open('home', '/'),
  open('pricing', '/pricing'),
  open('api', '/docs/api'),
  open('api-section', '/docs/api/tokens'),
  open('sign-in', '/sign-in'),
  open('sign-up', '/sign-up'),
  open('reset-password', '/reset-password'),
  open('action', '/action'),
  open('invitation', '/invitation/no.such.invitation'),
  open('not-found', '/no-such-page'),
  open('sandbox-feed', '/sandbox/feed'),
  open('sandbox-consent', '/sandbox/authorize'),
  open('mail-preview', '/dev/mail'),
  open('review', '/review/no-such-link'),
  open('unsubscribe', '/unsubscribe?token=no-such-token'),
  inside('dashboard', '/dashboard'),
  inside('create', '/create'),
  inside('calendar', '/calendar?view=month'),
  inside('calendar-week', '/calendar?view=week'),
  inside('calendar-list', '/calendar?view=list'),
  inside('posts', '/posts'),
  inside('inbox', '/inbox'),
  inside('media', '/media'),
  inside('campaigns', '/campaigns'),
  inside('templates', '/templates'),
  inside('feeds', '/feeds'),
  inside('channels', '/channels'),
  inside('ai-usage', '/ai/usage'),
  inside('ai-voices', '/ai/voices'),
  inside('ai-prompts', '/ai/prompts'),
  inside('ai-providers', '/ai/providers'),
  inside('ai-settings', '/ai/settings'),
  inside('crm', '/crm'),
  inside('integrations', '/integrations'),
  inside('mapping', '/integrations/no-such-connection/mapping?entity=contact'),
  inside('tokens', '/tokens'),
  inside('billing', '/billing'),
  inside('sandbox-checkout', '/sandbox/checkout/no-such-checkout'),
  inside('welcome', '/welcome'),
  inside('members', '/organization/members'),
  inside('teams', '/organization/teams'),
  inside('api-keys', '/organization/api-keys'),
  inside('webhooks', '/organization/webhooks'),
  inside('notification-channels', '/organization/notifications'),
  inside('audit', '/organization/audit'),
  inside('organization-settings', '/organization/settings'),
  inside('settings', '/settings'),
];
