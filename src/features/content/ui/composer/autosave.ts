/** Saves what is being written shortly after the last change; one request at a time, nothing lost when the network is. */

export type SaveStatus =
  | { kind: 'idle' }
  /** Changed, not sent yet. */
  | { kind: 'pending' }
  | { kind: 'saving' }
  | { kind: 'saved'; at: Date }
  /** Kept on this device; sent when the network is back. */
  | { kind: 'offline' }
  /** Somebody else changed the post; `version` is theirs. */
  | { kind: 'conflict'; version: number }
  /** Refused; the next change tries again. */
  | { kind: 'error'; error: unknown };

export interface SavedState {
  postId: string | null;
  version: number;
}

/** One request as it was first sent: sent again unchanged until its outcome is known, so that nothing is done twice. */
interface Attempt<Content> {
  content: Content;
  state: SavedState;
  key: string;
}

export interface AutosaveOptions<Content> {
  save: (
    content: Content,
    state: SavedState,
    idempotencyKey: string,
  ) => Promise<{ postId: string; version: number }>;
  /** What a failure means: `again` = its outcome is unknown or it may pass; a number = the version in force. */
  classify: (error: unknown) => { kind: 'again' } | { kind: 'stale'; version: number } | { kind: 'refused' };
  /** Keeps the newest content on this device until the server has it; null = the server has it. */
  keep: (content: Content | null, state: SavedState) => void;
  onStatus: (status: SaveStatus, state: SavedState) => void;
  newKey: () => string;
  now: () => Date;
  delayMs?: number;
  retryMs?: number;
}

export class Autosave<Content> {
  #state: SavedState;
  #status: SaveStatus = { kind: 'idle' };
  #newest: { content: Content } | null = null;
  #attempt: Attempt<Content> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(
    readonly options: AutosaveOptions<Content>,
    state: SavedState,
  ) {
    this.#state = state;
  }

  get state(): SavedState {
    return this.#state;
  }

  get status(): SaveStatus {
    return this.#status;
  }

  /** The content changed. */
  change(content: Content): void {
    if (this.#stopped) return;
    this.#newest = { content };
    this.options.keep(content, this.#state);
    if (this.#status.kind === 'conflict') return;
    if (!this.#running) this.#set({ kind: 'pending' });
    this.#schedule(this.options.delayMs ?? 800);
  }

  /** Sends what is waiting now and resolves once it is settled. */
  async flush(): Promise<SaveStatus> {
    clearTimeout(this.#timer);
    while (this.#newest || this.#attempt || this.#running) {
      await (this.#running ?? this.#run());
      if (!this.#running && ['offline', 'error', 'conflict'].includes(this.#status.kind)) break;
    }
    return this.#status;
  }

  /** The person saw the conflict. `mine`: the newest content goes over theirs. `theirs`: it is dropped. */
  resolve(choice: 'mine' | 'theirs', version: number): void {
    this.#state = { ...this.#state, version };
    this.#attempt = null;
    if (choice === 'theirs') {
      this.#newest = null;
      this.options.keep(null, this.#state);
      this.#set({ kind: 'saved', at: this.options.now() });
      return;
    }
    this.#set({ kind: 'pending' });
    this.#schedule(0);
  }

  /** Another request of this page changed the post. */
  moved(state: SavedState): void {
    this.#state = state;
  }

  /** The network is back. */
  online(): void {
    if (this.#status.kind === 'offline') this.#schedule(0);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void (this.#running ?? this.#run()), delay);
  }

  #run(): Promise<void> {
    this.#running = this.#send().finally(() => {
      this.#running = null;
      const more = this.#newest && !['offline', 'conflict', 'error'].includes(this.#status.kind);
      if (more && !this.#stopped) this.#schedule(this.options.delayMs ?? 800);
    });
    return this.#running;
  }

  async #send(): Promise<void> {
    const attempt = this.#attempt ?? this.#next();
    if (!attempt) return;
    this.#attempt = attempt;
    this.#set({ kind: 'saving' });
    try {
      const saved = await this.options.save(attempt.content, attempt.state, attempt.key);
      this.#state = saved;
      this.#attempt = null;
      this.options.keep(this.#newest?.content ?? null, this.#state);
      this.#set(this.#newest ? { kind: 'pending' } : { kind: 'saved', at: this.options.now() });
    } catch (error) {
      this.#failed(attempt, error);
    }
  }

  #next(): Attempt<Content> | null {
    if (!this.#newest) return null;
    const { content } = this.#newest;
    this.#newest = null;
    return { content, state: this.#state, key: this.options.newKey() };
  }

  #failed(attempt: Attempt<Content>, error: unknown): void {
    const verdict = this.options.classify(error);
    if (verdict.kind === 'again') {
      this.#set({ kind: 'offline' });
      if (!this.#stopped) this.#schedule(this.options.retryMs ?? 5_000);
      return;
    }
    this.#attempt = null;
    this.#newest ??= { content: attempt.content };
    this.#set(
      verdict.kind === 'stale' ? { kind: 'conflict', version: verdict.version } : { kind: 'error', error },
    );
  }

  #set(status: SaveStatus): void {
    this.#status = status;
    if (!this.#stopped) this.options.onStatus(status, this.#state);
  }
}
