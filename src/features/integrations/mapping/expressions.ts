import 'server-only';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { EXPRESSION_WORKER } from './expression-worker.data';

export type ExpressionLanguage = 'jsonata' | 'javascript';

/** What an expression sees, as JSON: nothing it does to it reaches us. */
export interface ExpressionInput {
  value: unknown;
  record: unknown;
  context: unknown;
}

export type ExpressionFault = 'syntax' | 'runtime' | 'timeout' | 'memory';

/** An expression that cannot be compiled, failed, or was stopped. The message is for the person who wrote it. */
export class ExpressionError extends Error {
  constructor(
    readonly fault: ExpressionFault,
    message: string,
    readonly position: { line?: number; character?: number } = {},
  ) {
    super(message);
    this.name = 'ExpressionError';
  }
}

/** JSONata and patterns end with their thread, since nothing else stops a regular expression; QuickJS stops by itself earlier. */
const KILL_MS = 250;
const LIMITS = {
  javascriptMs: 50,
  compileMs: 200,
  memoryBytes: 16 * 1024 * 1024,
  stackBytes: 256 * 1024,
  outputCharacters: 500_000,
};
const START_MS = 10_000;
const MAX_WAITING = 5_000;

const MESSAGES: Record<'timeout' | 'memory', string> = {
  timeout: 'It ran too long and was stopped. Look for a loop or a pattern that does not end.',
  memory: 'It used too much memory and was stopped.',
};

interface Task {
  language: ExpressionLanguage | 'pattern';
  code: string;
  input: string;
  compileOnly: boolean;
  done(answer: Answer): void;
}
type Answer = {
  output?: string;
  fault?: ExpressionFault;
  message?: string;
  position?: { line?: number; character?: number };
  broken?: boolean;
};

/** One thread with one expression at a time. */
class Runner {
  readonly #worker: Worker;
  #finish: ((answer: Answer) => void) | null = null;
  readonly ready: Promise<void>;

  constructor() {
    // Resolved from the folder the app runs in, where bundles have no module folder of their own.
    const { resolve } = createRequire(join(process.cwd(), 'package.json'));
    this.#worker = new Worker(EXPRESSION_WORKER, {
      eval: true,
      env: {},
      execArgv: [],
      workerData: {
        jsonata: resolve('jsonata'),
        quickjs: resolve('quickjs-emscripten-core'),
        variant: resolve('@jitl/quickjs-singlefile-cjs-release-sync'),
        limits: LIMITS,
      },
      resourceLimits: { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
    });
    this.#worker.unref();
    this.ready = this.#started();
  }

  /** Never rejects. An answer that is `broken` is the thread's last. */
  async run({ language, code, input, compileOnly }: Task): Promise<Answer> {
    const answer = await new Promise<Answer>((finish) => {
      const timer = setTimeout(() => finish({ fault: 'timeout', broken: true }), KILL_MS);
      this.#finish = (given) => {
        clearTimeout(timer);
        finish(given);
      };
      this.#worker.postMessage({ language, code, input, compileOnly });
    });
    this.#finish = null;
    if (answer.broken || answer.fault === 'memory') {
      await this.end();
      return { ...answer, broken: true };
    }
    return answer;
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #started(): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The expression thread did not start.')), START_MS);
      this.#worker.on('message', (answer: Answer | 'ready') => {
        if (answer !== 'ready') return this.#finish?.(answer);
        clearTimeout(timer);
        resolve();
      });
      this.#worker.on('error', (error: Error & { code?: string }) => {
        clearTimeout(timer);
        reject(error);
        const memory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
        this.#finish?.({ fault: memory ? 'memory' : 'runtime', message: error.message, broken: true });
      });
    });
  }
}

/**
 * Runs what people write into mappings: JSONata, and JavaScript in QuickJS. Each in a thread that is killed when it does not end,
 * so that a bad expression harms only its own record.
 */
export class ExpressionService {
  readonly #idle: Runner[] = [];
  readonly #waiting: Task[] = [];
  #running = 0;

  /** @param threads how many expressions run at once. */
  constructor(readonly threads = 2) {}

  /** @throws ExpressionError */
  async evaluate(language: ExpressionLanguage, code: string, input: ExpressionInput): Promise<unknown> {
    return JSON.parse(
      await this.#submit({ language, code, input: JSON.stringify(input), compileOnly: false }),
    );
  }

  /** @throws ExpressionError of kind `syntax` with the position of the fault. */
  async compile(language: ExpressionLanguage | 'pattern', code: string): Promise<void> {
    await this.#submit({ language, code, input: '', compileOnly: true });
  }

  /** Whether the pattern is found in the text. @throws ExpressionError */
  async matches(pattern: string, text: string): Promise<boolean> {
    const input = JSON.stringify({ value: text });
    return (await this.#submit({ language: 'pattern', code: pattern, input, compileOnly: false })) === 'true';
  }

  /** Ends all threads; a later call starts new ones. */
  async close(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((runner) => runner.end()));
  }

  #submit(task: Omit<Task, 'done'>): Promise<string> {
    if (this.#waiting.length >= MAX_WAITING)
      return Promise.reject(new ExpressionError('runtime', 'Too many expressions are waiting. Try again.'));
    return new Promise((resolve, reject) => {
      const done = ({ output, fault, message, position }: Answer) => {
        if (output !== undefined) return resolve(output);
        const kind = fault ?? 'runtime';
        const text = kind === 'timeout' || kind === 'memory' ? MESSAGES[kind] : (message ?? 'It failed.');
        reject(new ExpressionError(kind, text.slice(0, 500), position));
      };
      this.#waiting.push({ ...task, done });
      void this.#pump();
    });
  }

  async #pump(): Promise<void> {
    if (this.#running >= this.threads) return;
    this.#running += 1;
    try {
      for (let task = this.#waiting.shift(); task; task = this.#waiting.shift()) {
        task.done(await this.#run(task));
      }
    } finally {
      this.#running -= 1;
    }
  }

  async #run(task: Task): Promise<Answer> {
    try {
      const runner = this.#idle.pop() ?? new Runner();
      await runner.ready;
      const answer = await runner.run(task);
      if (!answer.broken) this.#idle.push(runner);
      return answer;
    } catch (error) {
      return { fault: 'runtime', message: error instanceof Error ? error.message : String(error) };
    }
  }
}
