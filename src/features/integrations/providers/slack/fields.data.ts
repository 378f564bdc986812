import type { PropertyView } from '../../connections/schema';

const field = (name: string, label: string, type: string): PropertyView => ({
  ...{ name, label, type, readOnly: true, options: [] },
});

/** What Slack's records have that is worth mapping. @see https://docs.slack.dev/reference/objects/user-object */
export const SLACK_FIELDS: Readonly<Record<string, readonly PropertyView[]>> = {
  channel: [
    field('name', 'Name', 'string'),
    field('topic.value', 'Topic', 'string'),
    field('purpose.value', 'Purpose', 'string'),
    field('num_members', 'Members', 'integer'),
    field('is_archived', 'Archived', 'boolean'),
    field('created', 'Created', 'datetime'),
  ],
  user: [
    field('called', 'Called', 'string'),
    field('name', 'Account', 'string'),
    field('profile.real_name', 'Name', 'string'),
    field('profile.title', 'Job title', 'string'),
    field('profile.email', 'Email', 'email'),
    field('tz', 'Time zone', 'string'),
    field('is_bot', 'Bot', 'boolean'),
    field('is_admin', 'Admin', 'boolean'),
  ],
};
