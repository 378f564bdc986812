/** Only paths of this app; an address that leads elsewhere is dropped (open redirects start here). */
export function safeNext(next: string | null | undefined, fallback: string): string {
  return next && /^\/(?![/\\])/.test(next) ? next : fallback;
}
