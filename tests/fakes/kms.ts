import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { crc32c } from '@/core/crypto/crc32c';

/**
 * Cloud KMS as far as envelope encryption needs it, over its REST form: versions of one symmetric key, encrypt with the
 * primary, decrypt with any enabled version, CRC32C both ways.
 * https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys
 */
export class FakeKms {
  readonly keyName = 'projects/p/locations/global/keyRings/r/cryptoKeys/irisync';
  readonly calls: string[] = [];
  /** Answers 503 while set. */
  down = false;
  /** Spoils the checksum of the next answers. */
  corrupt = false;
  readonly #versions = new Map<number, Buffer>();
  #primary = 0;
  readonly #server = http.createServer((request, response) => this.#answer(request, response));

  constructor() {
    this.rotate();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  start(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  rotate(): void {
    this.#primary += 1;
    this.#versions.set(this.#primary, randomBytes(32));
  }

  destroyVersion(version: number): void {
    this.#versions.delete(version);
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
    const path = decodeURIComponent((request.url ?? '').split('?')[0] ?? '');
    const action = path.replace(`/v1/${this.keyName}`, '') || ':get';
    this.calls.push(action);
    const send = (status: number, value: object) => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(value));
    };
    const refuse = (code: number, status: string, message: string) =>
      send(code, { error: { code, status, message } });
    if (this.down) return refuse(503, 'UNAVAILABLE', 'The service is currently unavailable.');
    try {
      if (action === ':encrypt') return send(200, this.#encrypt(body));
      if (action === ':decrypt') return send(200, this.#decrypt(body));
      if (action === ':get')
        return send(200, { name: this.keyName, primary: { name: this.#name(), state: 'ENABLED' } });
      refuse(404, 'NOT_FOUND', 'No such method.');
    } catch (error) {
      refuse(400, 'INVALID_ARGUMENT', error instanceof Error ? error.message : 'bad');
    }
  }

  #name(version = this.#primary): string {
    return `${this.keyName}/cryptoKeyVersions/${version}`;
  }

  #check(data: Buffer, claimed: unknown): void {
    if (Number(claimed) !== crc32c(data)) throw new Error('Checksum mismatch.');
  }

  #encrypt(body: Record<string, string>): object {
    const plaintext = Buffer.from(body.plaintext ?? '', 'base64');
    const aad = Buffer.from(body.additionalAuthenticatedData ?? '', 'base64');
    this.#check(plaintext, body.plaintextCrc32c);
    this.#check(aad, body.additionalAuthenticatedDataCrc32c);
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.#versions.get(this.#primary) as Buffer, nonce).setAAD(
      aad,
    );
    const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
    const ciphertext = Buffer.concat([Buffer.from([this.#primary]), nonce, cipher.getAuthTag(), sealed]);
    return {
      name: this.#name(),
      ciphertext: ciphertext.toString('base64'),
      ciphertextCrc32c: String(crc32c(ciphertext) + (this.corrupt ? 1 : 0)),
      verifiedPlaintextCrc32c: true,
      verifiedAdditionalAuthenticatedDataCrc32c: true,
      protectionLevel: 'SOFTWARE',
    };
  }

  #decrypt(body: Record<string, string>): object {
    const ciphertext = Buffer.from(body.ciphertext ?? '', 'base64');
    const aad = Buffer.from(body.additionalAuthenticatedData ?? '', 'base64');
    this.#check(ciphertext, body.ciphertextCrc32c);
    const key = this.#versions.get(ciphertext[0] ?? 0);
    if (!key) throw new Error('The key version is destroyed.');
    const decipher = createDecipheriv('aes-256-gcm', key, ciphertext.subarray(1, 13)).setAAD(aad);
    decipher.setAuthTag(ciphertext.subarray(13, 29));
    const plaintext = Buffer.concat([decipher.update(ciphertext.subarray(29)), decipher.final()]);
    return {
      plaintext: plaintext.toString('base64'),
      plaintextCrc32c: String(crc32c(plaintext) + (this.corrupt ? 1 : 0)),
      usedPrimary: ciphertext[0] === this.#primary,
    };
  }
}
