/** How HubSpot's own pages and its generic webhooks name its objects. */
export const OBJECT_TYPE_IDS: Readonly<Record<string, string>> = {
  contact: '0-1',
  company: '0-2',
  deal: '0-3',
};
