import { PUSH_WORKER } from '@/features/notifications/push-worker.data';

/** The service worker, at the root so that it may answer for every page; there is no folder of public files. */
export function GET(): Response {
  return new Response(PUSH_WORKER, {
    headers: { 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'no-cache' },
  });
}
