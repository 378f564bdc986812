import vm from 'node:vm';
import { expect, it } from 'vitest';
import { PUSH_WORKER } from './push-worker.data';

const ORIGIN = 'https://app.example';

/** Runs the worker's text as a browser would, with the few things it uses. */
function worker(open: { url: string; focus: () => unknown }[] = []) {
  const listeners = new Map<string, (event: object) => void>();
  const shown: { title: string; options: { body: string; tag: string; data: { href: unknown } } }[] = [];
  const opened: string[] = [];
  const self = {
    location: { origin: ORIGIN },
    addEventListener: (type: string, listen: (event: object) => void) => listeners.set(type, listen),
    skipWaiting: () => undefined,
    registration: {
      showNotification: async (title: string, options: (typeof shown)[number]['options']) => {
        shown.push({ title, options });
      },
    },
    clients: {
      claim: async () => undefined,
      matchAll: async () => open,
      openWindow: async (url: string) => opened.push(url),
    },
  };
  vm.runInNewContext(PUSH_WORKER, { self, URL });
  const fire = async (type: string, event: object) => {
    let work: unknown;
    listeners.get(type)?.({ ...event, waitUntil: (promise: unknown) => (work = promise) });
    await work;
  };
  const click = (href: unknown) =>
    fire('notificationclick', { notification: { close: () => undefined, data: { href } } });
  return { shown, opened, fire, click };
}

it('shows what a push brings', async () => {
  const { fire, shown } = worker();
  const message = { title: 'T', body: 'B', href: '/tokens', tag: 'n_1' };
  await fire('push', { data: { json: () => message } });
  expect(shown).toMatchObject([
    { title: 'T', options: { body: 'B', tag: 'n_1', data: { href: '/tokens' } } },
  ]);
});

it.each([
  ['nothing', { data: null }],
  [
    'no JSON',
    {
      data: {
        json: () => {
          throw new SyntaxError('no');
        },
      },
    },
  ],
  ['another shape', { data: { json: () => ({ title: { a: 1 }, body: 5 }) } }],
])('shows something for %s', async (_, event) => {
  const { fire, shown } = worker();
  await fire('push', event);
  expect(shown).toMatchObject([{ title: 'IriSync', options: { body: '' } }]);
});

it.each([
  ['/posts/p?x=1', `${ORIGIN}/posts/p?x=1`],
  ['https://evil.example/', `${ORIGIN}/dashboard`],
  ['//evil.example/x', `${ORIGIN}/dashboard`],
  ['\\\\evil.example', `${ORIGIN}/dashboard`],
  ['javascript:alert(1)', `${ORIGIN}/dashboard`],
  [undefined, `${ORIGIN}/dashboard`],
])('a click on %s opens %s', async (href, url) => {
  const { click, opened } = worker();
  await click(href);
  expect(opened).toEqual([url]);
});

it('goes to the window that is there already', async () => {
  const focused: string[] = [];
  const url = `${ORIGIN}/tokens`;
  const { click, opened } = worker([{ url, focus: () => focused.push(url) }]);
  await click('/tokens');
  expect([focused, opened]).toEqual([[url], []]);
});
