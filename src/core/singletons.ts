/**
 * Registry behind every `Service.getInstance()`. It lives on globalThis because a bundler may load one module more than once
 * in a process. `src/server/services.ts` provides the factories; a service is built once, lazily, on first use.
 */
interface Entry {
  build: () => unknown;
  instance?: { value: unknown };
}

const KEY = Symbol.for('irisync.singletons');
type Holder = { [KEY]?: Map<string, Entry> };

function entries(): Map<string, Entry> {
  const holder = globalThis as Holder;
  holder[KEY] ??= new Map();
  return holder[KEY];
}

/** Registers how to build a singleton. Providing a name again replaces it: a hot reload, or a test. */
export function provide<T>(name: string, build: () => T): void {
  entries().set(name, { build });
}

/** The one instance of that name. Throws when the composition root was never loaded: a programming error. */
export function singleton<T>(name: string): T {
  const entry = entries().get(name);
  if (!entry)
    throw new Error(`No service named ${name}. Import src/server/services.ts before calling getInstance().`);
  entry.instance ??= { value: entry.build() };
  return entry.instance.value as T;
}
