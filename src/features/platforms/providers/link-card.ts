import 'server-only';
import type { OutboundHttp } from '@/core/http/outbound';
import { isExternal } from '@/features/platforms/providers/http';
import { decodeEntities } from '@/features/platforms/providers/same-text';

export interface LinkCard {
  uri: string;
  title: string;
  description: string;
}

const HEAD_BYTES = 512_000;
const TIMEOUT_MS = 5_000;

function property(html: string, name: string): string | undefined {
  const tag = new RegExp(`<meta[^>]{0,300}(?:property|name)=["']og:${name}["'][^>]{0,3000}>`, 'i').exec(
    html,
  )?.[0];
  const content = tag && /content=(?:"([^"]*)"|'([^']*)')/i.exec(tag);
  return content ? decodeEntities(content[1] ?? content[2] ?? '').trim() : undefined;
}

/**
 * What a page says about itself, for networks that leave drawing the card to the sender. A page that cannot be read gives a
 * card with its host name: a slow page must not hold up a post.
 */
export async function readLinkCard(http: OutboundHttp, uri: string, signal: AbortSignal): Promise<LinkCard> {
  const host = new URL(uri).hostname;
  try {
    const response = await http.request({
      provider: 'link-card',
      url: uri,
      guarded: true,
      timeoutMs: TIMEOUT_MS,
      maxResponseBytes: HEAD_BYTES,
      headers: { accept: 'text/html' },
      signal,
    });
    const html = response.ok ? await response.text() : '';
    const title =
      property(html, 'title') ?? decodeEntities(/<title[^>]*>([^<]{0,500})/i.exec(html)?.[1] ?? '').trim();
    return {
      uri,
      title: (title || host).slice(0, 300),
      description: (property(html, 'description') ?? '').slice(0, 1_000),
    };
  } catch (error) {
    if (signal.aborted || !isExternal(error)) throw error;
    return { uri, title: host, description: '' };
  }
}
