import { zipDownload } from '@/core/http/download';
import { AccountService } from '@/features/users/account';
import { route } from '@/server/route';

export const GET = route(
  {
    method: 'GET',
    path: '/api/users/me/export',
    summary: 'Export my data',
    description: 'Everything kept about you, as one ZIP, streamed: `data.json` and the files you uploaded.',
    tag: 'Accounts',
    auth: 'user',
    response: 'stream',
    rateLimit: 'upload',
  },
  async ({ principal }) =>
    zipDownload(AccountService.getInstance().export(principal.userId), 'irisync-my-data.zip'),
);
