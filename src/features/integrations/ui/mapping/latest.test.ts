import { expect, it } from 'vitest';
import { Latest } from './latest';

function world() {
  const due: (() => void)[] = [];
  const open: { input: string; finish: (output: string) => void; fail: () => void; signal: AbortSignal }[] =
    [];
  const heard: string[] = [];
  const latest = new Latest<string, string>({
    delayMs: 500,
    send: (input, signal) =>
      new Promise((finish, reject) => {
        open.push({ input, finish, fail: () => reject(new Error(input)), signal });
      }),
    answered: (output) => heard.push(output),
    failed: (error) => heard.push(String(error)),
    timers: {
      set: (run) => due.push(run),
      clear: (timer) => {
        due[Number(timer) - 1] = () => undefined;
      },
    },
  });
  const pause = () => {
    for (const run of due.splice(0)) run();
  };
  return { latest, open, heard, pause };
}

it('asks once somebody pauses, for what was written last', () => {
  const { latest, open, pause } = world();
  for (const text of ['n', 'na', 'name']) latest.ask(text);
  pause();
  expect(open.map(({ input }) => input)).toEqual(['name']);
});

it('hears the latest answer alone, though an older one comes later', async () => {
  const { latest, open, heard, pause } = world();
  latest.ask('old');
  pause();
  latest.ask('new');
  pause();
  open[1]?.finish('new');
  open[0]?.finish('old');
  await Promise.resolve();
  await Promise.resolve();
  expect(heard).toEqual(['new']);
  expect(open[0]?.signal.aborted).toBe(true);
});

it('says what failed, unless it was asked for no more', async () => {
  const { latest, open, heard, pause } = world();
  latest.ask('first');
  pause();
  latest.stop();
  open[0]?.fail();
  latest.ask('second');
  pause();
  open[1]?.fail();
  await Promise.resolve();
  await Promise.resolve();
  expect(heard).toEqual(['Error: second']);
});
