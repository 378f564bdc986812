/** A caller's own id is kept when it is harmless, so that one id follows a request across systems. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get('x-request-id');
  return given && /^[\w.-]{8,64}$/.test(given) ? given : crypto.randomUUID();
}

/**
 * Each proxy appends the address it was called from; what stands further left was written by the caller and can be anything.
 * So the address is read from the right, one entry per proxy of ours.
 */
export function clientIp(request: { headers: Pick<Headers, 'get'> }, proxyHops: number): string {
  const chain = (request.headers.get('x-forwarded-for') ?? '').split(',').map((entry) => entry.trim());
  return chain.at(-Math.min(proxyHops, chain.length)) || 'local';
}
