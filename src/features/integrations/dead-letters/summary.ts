/** What of a payload is shown: where it leads to. Whatever else a payload may carry one day stays unseen until it is named here. */
const SHOWN = ['integrationId', 'entity', 'taskId', 'run', 'part', 'eventId', 'deliveryId'] as const;
const LONGEST = 120;

/** @param payload JSON text, or something that should have been. */
export function summaryOf(payload: string): Record<string, string> {
  const value = parsed(payload);
  if (typeof value !== 'object' || value === null) return {};
  const shown = SHOWN.flatMap((name) => {
    const one = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    return typeof one === 'string' || typeof one === 'number'
      ? [[name, String(one).slice(0, LONGEST)] as const]
      : [];
  });
  return Object.fromEntries(shown);
}

/** An error's words without what looks like a secret: whatever follows a scheme or a name of one, and long random text. */
export function withoutSecrets(message: string): string {
  return message
    .replace(/\b(bearer|basic)\s+\S+/gi, '$1 …')
    .replace(/\b(\w*(?:token|secret|password|api[_-]?key)\w*["']?\s*[:=]\s*)["']?[^\s"',&}]+/gi, '$1…')
    .replace(/[A-Za-z0-9+/_=.~-]{24,}/g, (text) => (/\d/.test(text) ? '…' : text))
    .slice(0, 300);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
