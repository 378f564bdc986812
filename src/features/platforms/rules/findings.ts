import type { Finding, FindingCode } from '@/features/platforms/finding-schema';

/** Collects findings of one check; `connectionId` is added to each at the end. */
export class Findings {
  readonly #items: Finding[] = [];

  error(code: FindingCode, path: string, message: string, facts: Partial<Finding> = {}): void {
    this.#items.push({ code, severity: 'error', path, message, ...facts });
  }

  warning(code: FindingCode, path: string, message: string, facts: Partial<Finding> = {}): void {
    this.#items.push({ code, severity: 'warning', path, message, ...facts });
  }

  list(connectionId?: string): Finding[] {
    return this.#items.map((item) => (connectionId ? { ...item, connectionId } : item));
  }
}

const SIZES = [
  [1_000_000_000, 'GB'],
  [1_000_000, 'MB'],
  [1_000, 'kB'],
] as const;

/** `5 MB`, `1.2 GB`: decimal units, as networks state them. */
export function sizeText(bytes: number): string {
  for (const [unit, name] of SIZES) {
    if (bytes >= unit) return `${Number((bytes / unit).toFixed(1))} ${name}`;
  }
  return `${bytes} bytes`;
}

/** `90 s`, `15 min`, `4 h`. */
export function durationText(seconds: number): string {
  if (seconds >= 7_200) return `${Number((seconds / 3_600).toFixed(1))} h`;
  if (seconds >= 120) return `${Number((seconds / 60).toFixed(1))} min`;
  return `${Number(seconds.toFixed(1))} s`;
}
