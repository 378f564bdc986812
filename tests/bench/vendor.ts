import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The vendors of the AI rows, in a process of their own: what they need is no part of what is measured. */
export interface BenchVendors {
  openai: string;
  glm: string;
  stop(): void;
}

const root = resolve(import.meta.dirname, '../..');

export async function startVendors(): Promise<BenchVendors> {
  const child = spawn(
    join(root, 'node_modules/.bin/tsx'),
    ['--conditions=react-server', fileURLToPath(import.meta.url), 'serve'],
    {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
      // Holding every exchange against the vendor's description is the business of the contract tests.
      env: { ...process.env, CONTRACTS_DIR: '/nowhere' },
    },
  );
  const line = await new Promise<string>((done, fail) => {
    createInterface({ input: child.stdout }).once('line', done);
    child.once('exit', () => fail(new Error('The vendors of the bench did not start.')));
  });
  return { ...(JSON.parse(line) as { openai: string; glm: string }), stop: () => child.kill('SIGKILL') };
}

async function serve(): Promise<void> {
  const { FakeOpenAI } = await import('@tests/fakes/ai/openai');
  const { FakeChatCompletions } = await import('@tests/fakes/ai/chat-completions');
  const [openai, glm] = await Promise.all([new FakeOpenAI().start(), new FakeChatCompletions('glm').start()]);
  // They remember what they were asked, for tests; nobody asks them here.
  setInterval(() => {
    openai.reset();
    glm.reset();
  }, 1_000);
  process.stdout.write(`${JSON.stringify({ openai: openai.url, glm: glm.url })}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await serve();
