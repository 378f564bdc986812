import { after } from 'next/server';
import { ShortLinkService } from '@/features/content/link-service';
import '@/server/services';

/** Public: sends a visitor of a short link where it leads. Only ids we made lead anywhere. */
export async function GET(
  request: Request,
  { params }: { params: Promise<{ id: string }> },
): Promise<Response> {
  const followed = await ShortLinkService.getInstance().follow((await params).id, request);
  const headers = { 'cache-control': 'no-store', 'x-robots-tag': 'noindex' };
  if (!followed) {
    const text = 'This short link does not exist. Check that you have all of it.\n';
    return new Response(text, { status: 404, headers: { ...headers, 'content-type': 'text/plain' } });
  }
  after(() => followed.counted);
  return new Response(null, { status: 302, headers: { ...headers, location: followed.target } });
}
