import { randomBytes } from 'node:crypto';
import type { RouteHandler } from '@/core/http/route-definition';
import type { PostDetail, SavedPost } from '@/features/content/answer-schema';
import type { Finding } from '@/features/platforms/finding-schema';
import { PlatformService } from '@/features/platforms/service';
import { type Answer, type CallOptions, call, type Person } from './accounts';

/** A connected account of the practice network. @returns the channel's id. */
export function sandboxChannel(organizationId: string, userId: string): Promise<string> {
  const handle = `shop_${randomBytes(5).toString('hex')}`;
  return PlatformService.getInstance().connectSandbox(organizationId, userId, handle);
}

/** What a refused call answers. */
export interface Refusal {
  code: string;
  detail: string;
  errors?: { path: string; message: string }[];
  findings?: Finding[];
  version?: number;
}

export type PostAnswer = Answer<SavedPost & PostDetail & Refusal>;

/** Calls of the posts API in one organisation. */
export function postsApi(routes: {
  create: RouteHandler;
  get: RouteHandler;
  change: RouteHandler;
  remove: RouteHandler;
}) {
  const run = (handler: RouteHandler, options: CallOptions) =>
    call<SavedPost & PostDetail & Refusal>(handler, options);
  return {
    create: (as: Person, body: unknown, headers: Record<string, string> = {}) =>
      run(routes.create, { path: '/api/posts', body, as, headers }),
    get: (as: Person, id: string) => run(routes.get, { path: `/api/posts/${id}`, as }),
    change: (
      as: Person,
      id: string,
      version: number | string,
      body: unknown,
      headers: Record<string, string> = {},
    ) =>
      run(routes.change, {
        path: `/api/posts/${id}`,
        body,
        as,
        headers: { 'if-match': typeof version === 'number' ? `"${version}"` : version, ...headers },
      }),
    remove: (as: Person, id: string, query = '') =>
      run(routes.remove, { path: `/api/posts/${id}${query}`, as }),
  };
}
