import { once } from 'node:events';
import type { Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { type ParsedMail, parseMessage } from './smtp-message';

/** What the server does to the next mails: each fault once, in order. */
export type SmtpFault =
  | { kind: 'refuse_auth' }
  /** 421 on connecting: the server is busy or going down. */
  | { kind: 'busy' }
  /** Says nothing at all on connecting. */
  | { kind: 'silent' }
  /** A temporary or a final no to the recipient. */
  | { kind: 'recipient'; code: 450 | 550 }
  /** A temporary no after the whole text. */
  | { kind: 'text'; code: 451 | 554 }
  /** Takes the mail and breaks the connection before saying so. */
  | { kind: 'reset_after_accept' }
  /** Takes the mail and never answers. */
  | { kind: 'hang_after_accept' }
  /** Breaks the connection while the text is coming. */
  | { kind: 'reset_in_text' };

export interface CaughtMail extends ParsedMail {
  from: string;
  to: string[];
  raw: string;
}

/** A real SMTP server on 127.0.0.1 that keeps what it takes and misbehaves on demand. */
export class SmtpCatcher {
  readonly mails: CaughtMail[] = [];
  readonly faults: SmtpFault[] = [];
  connections = 0;
  readonly #sockets = new Map<string, Socket>();
  readonly #open = new Set<Socket>();
  readonly #server: SMTPServer;

  constructor(readonly credentials: { user: string; pass: string } | null = null) {
    this.#server = new SMTPServer({
      secure: false,
      authOptional: credentials === null,
      allowInsecureAuth: true,
      disabledCommands: ['STARTTLS', ...(credentials ? [] : ['AUTH'])],
      disableReverseLookup: true,
      logger: false,
      socketTimeout: 30_000,
      closeTimeout: 200,
      onConnect: (_session, callback) => {
        this.connections += 1;
        if (this.#take('busy')) {
          callback(Object.assign(new Error('Busy, come back later'), { responseCode: 421 }));
          return;
        }
        if (this.#take('silent')) return;
        callback();
      },
      onAuth: (auth, _session, callback) => {
        const right = auth.username === credentials?.user && auth.password === credentials?.pass;
        if (this.#take('refuse_auth') || !right) {
          callback(Object.assign(new Error('Wrong user or password'), { responseCode: 535 }));
          return;
        }
        callback(null, { user: auth.username });
      },
      onRcptTo: (_address, _session, callback) => {
        const fault = this.#take('recipient');
        callback(fault ? Object.assign(new Error('No such mailbox'), { responseCode: fault.code }) : null);
      },
      onData: (stream, session, callback) => {
        const socket = this.#sockets.get(`${session.remoteAddress}:${session.remotePort}`);
        if (this.#take('reset_in_text')) {
          stream.once('data', () => socket?.resetAndDestroy());
          return;
        }
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const refused = this.#take('text');
          if (refused) {
            callback(Object.assign(new Error('Not now'), { responseCode: refused.code }));
            return;
          }
          const raw = Buffer.concat(chunks).toString('utf8');
          const { mailFrom, rcptTo } = session.envelope;
          this.mails.push({
            ...parseMessage(raw),
            raw,
            from: mailFrom ? mailFrom.address : '',
            to: rcptTo.map(({ address }) => address),
          });
          if (this.#take('reset_after_accept')) socket?.resetAndDestroy();
          else if (!this.#take('hang_after_accept')) callback(null, 'kept');
        });
      },
    });
    this.#server.on('error', () => undefined);
    this.#server.server.on('connection', (socket: Socket) => {
      this.#sockets.set(`${socket.remoteAddress?.replace('::ffff:', '')}:${socket.remotePort}`, socket);
      this.#open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#open.delete(socket));
    });
  }

  get url(): string {
    const address = this.#server.server.address();
    if (!address || typeof address === 'string') throw new Error('The SMTP catcher does not run.');
    const login = this.credentials ? `${this.credentials.user}:${this.credentials.pass}@` : '';
    return `smtp://${login}127.0.0.1:${address.port}`;
  }

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server.server, 'listening');
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await new Promise<void>((done) => this.#server.close(() => done()));
  }

  fault(...faults: SmtpFault[]): void {
    this.faults.push(...faults);
  }

  /** Mails one address got. */
  to(address: string): CaughtMail[] {
    return this.mails.filter((mail) => mail.to.includes(address));
  }

  #take<K extends SmtpFault['kind']>(kind: K): Extract<SmtpFault, { kind: K }> | null {
    if (this.faults[0]?.kind !== kind) return null;
    return this.faults.shift() as Extract<SmtpFault, { kind: K }>;
  }
}
