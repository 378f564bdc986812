/**
 * The service worker's whole text. It caches nothing and answers no request: it shows what a push brings, and opens the place
 * to act on a click. A push message may come from whoever stole a subscription's keys and ours, so a link only ever
 * leads to a page of our own.
 */
export const PUSH_WORKER = `'use strict';

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('push', (event) => {
  let message = null;
  try {
    message = event.data ? event.data.json() : null;
  } catch {
    message = null;
  }
  // Browsers demand that every push shows something, also one that cannot be read.
  const title = message && typeof message.title === 'string' ? message.title : 'IriSync';
  event.waitUntil(
    self.registration.showNotification(title, {
      body: message && typeof message.body === 'string' ? message.body : '',
      tag: message && typeof message.tag === 'string' ? message.tag : 'irisync',
      icon: '/apple-icon',
      data: { href: message ? message.href : null },
    }),
  );
});

function ownPage(href) {
  const home = new URL('/dashboard', self.location.origin);
  if (typeof href !== 'string' || !URL.canParse(href, home)) return home.href;
  const url = new URL(href, home);
  return url.origin === home.origin ? url.href : home.href;
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const url = ownPage(event.notification.data && event.notification.data.href);
  event.waitUntil(
    (async () => {
      const open = await self.clients.matchAll({ type: 'window' });
      const there = open.find((one) => one.url === url);
      if (there) return there.focus();
      return self.clients.openWindow(url);
    })(),
  );
});
`;
