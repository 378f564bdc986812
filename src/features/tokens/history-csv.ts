import 'server-only';
import type { LedgerEntry } from './repository';
import { signedAmount } from './schema';

const COLUMNS = [
  'time',
  'type',
  'task',
  'amount',
  'change',
  'available_after',
  'member',
  'provider',
  'model',
  'input_model_tokens',
  'output_model_tokens',
  'request',
  'reason',
  'entry',
] as const;

/** RFC 4180, UTF-8, one row for each entry, streamed row by row. */
export function csvOf(entries: AsyncGenerator<LedgerEntry>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let started = false;
  return new ReadableStream({
    async pull(controller) {
      if (!started) {
        started = true;
        controller.enqueue(encoder.encode(`${COLUMNS.join(',')}\r\n`));
        return;
      }
      const { value, done } = await entries.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(`${rowOf(value).map(cell).join(',')}\r\n`));
    },
    async cancel() {
      await entries.return(undefined);
    },
  });
}

function rowOf(entry: LedgerEntry): (string | number | null | undefined)[] {
  const { metadata } = entry;
  return [
    entry.timestamp.toISOString(),
    entry.type,
    entry.taskType,
    entry.amount,
    signedAmount(entry.type, entry.amount),
    entry.balanceAfter,
    entry.userId,
    metadata.provider,
    metadata.model,
    metadata.inputTokens,
    metadata.outputTokens,
    metadata.requestId,
    metadata.reason,
    entry.id,
  ];
}

/** Text that a spreadsheet would run as a formula is disarmed with an apostrophe (https://owasp.org/www-community/attacks/CSV_Injection). */
export function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
