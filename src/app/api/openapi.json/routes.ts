import 'server-only';
import * as route0 from '@/app/api/media/[id]/file/route';
import * as route1 from '@/app/api/media/[id]/fit/route';
import * as route2 from '@/app/api/media/[id]/route';
import * as route3 from '@/app/api/media/[id]/thumb/route';
import * as route4 from '@/app/api/media/route';

/** Every API route. Written by `npm run openapi`; a test fails when a route is missing. */
export const ROUTES: readonly Record<string, unknown>[] = [route0, route1, route2, route3, route4];
