import { after } from 'next/server';
import { RateLimitedError } from '@/core/errors';
import { ShortLinkService } from '@/features/content/link-service';
import '@/server/services';

const HEADERS = { 'cache-control': 'no-store', 'x-robots-tag': 'noindex' };

function said(text: string, status: number, more: Record<string, string> = {}): Response {
  return new Response(`${text}\n`, {
    status,
    headers: { ...HEADERS, 'content-type': 'text/plain', ...more },
  });
}

/** Public: sends a visitor of a short link where it leads. Only ids we made lead anywhere. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  try {
    const followed = await ShortLinkService.getInstance().follow((await params).id, request);
    if (!followed) return said('This short link does not exist. Check that you have all of it.', 404);
    after(() => followed.counted);
    return new Response(null, { status: 302, headers: { ...HEADERS, location: followed.target } });
  } catch (error) {
    if (!(error instanceof RateLimitedError)) throw error;
    return said(error.message, 429, { 'retry-after': String(error.retryAfterSeconds) });
  }
}
