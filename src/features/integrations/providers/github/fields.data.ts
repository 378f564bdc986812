import type { PropertyView } from '../../connections/schema';

const field = (name: string, label: string, type: string): PropertyView => ({
  ...{ name, label, type, readOnly: true, options: [] },
});

/** What GitHub's records have that is worth mapping. @see https://docs.github.com/rest/issues/issues */
export const GITHUB_FIELDS: Readonly<Record<string, readonly PropertyView[]>> = {
  issue: [
    field('title', 'Title', 'string'),
    field('number', 'Number', 'integer'),
    field('repository', 'Repository', 'string'),
    field('state', 'State', 'string'),
    field('state_reason', 'Why it was closed', 'string'),
    field('html_url', 'Address', 'url'),
    field('user.login', 'Author', 'string'),
    field('assignees[*].login', 'Assignees', 'array'),
    field('labels[*].name', 'Labels', 'array'),
    field('milestone.title', 'Milestone', 'string'),
    field('comments', 'Comments', 'integer'),
    field('body', 'Text', 'string'),
    field('created_at', 'Opened', 'datetime'),
    field('closed_at', 'Closed', 'datetime'),
  ],
  release: [
    field('name', 'Name', 'string'),
    field('tag_name', 'Tag', 'string'),
    field('repository', 'Repository', 'string'),
    field('html_url', 'Address', 'url'),
    field('prerelease', 'Pre-release', 'boolean'),
    field('author.login', 'Author', 'string'),
    field('body', 'Text', 'string'),
    field('published_at', 'Published', 'datetime'),
  ],
};
