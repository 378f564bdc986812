/** Places to fill in a template: `{{product}}`, `{{ opening day }}`. */
const PLACE = /\{\{\s*([\p{L}\p{N}_][\p{L}\p{N}_ -]{0,59}?)\s*\}\}/gu;

/** The names of a template's places, each once, in order. */
export function placesOf(text: string): string[] {
  return [...new Set([...text.matchAll(PLACE)].map((match) => match[1] ?? ''))];
}

/** Fills the places; what has no value keeps its place, so that nothing goes missing unseen. */
export function filledTemplate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(PLACE, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name] || whole : whole,
  );
}

/** Adds words below what is there. */
export function below(text: string, addition: string): string {
  const kept = text.trimEnd();
  return kept === '' ? addition : `${kept}\n\n${addition}`;
}
