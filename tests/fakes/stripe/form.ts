export type Form = { [key: string]: string | Form | (string | Form)[] };

/** `a[b][0][c]=1` as Stripe's clients write it, as nested objects and lists. Values stay text. */
export function parseForm(text: string): Form {
  const root: Form = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const path = [
      name.split('[')[0] ?? '',
      ...[...name.matchAll(/\[([^\]]*)\]/g)].map((match) => match[1] ?? ''),
    ];
    let at: Form = root;
    for (const [index, key] of path.entries()) {
      if (index === path.length - 1) {
        at[key === '' ? String(Object.keys(at).length) : key] = value;
      } else {
        at[key] ??= {};
        at = at[key] as Form;
      }
    }
  }
  return listed(root) as Form;
}

/** Objects whose keys are 0, 1, 2 … are lists. */
function listed(node: string | Form): string | Form | (string | Form)[] {
  if (typeof node === 'string') return node;
  const entries = Object.entries(node).map(([key, value]) => [key, listed(value as Form)] as const);
  if (entries.length > 0 && entries.every(([key], index) => key === String(index)))
    return entries.map(([, value]) => value) as (string | Form)[];
  return Object.fromEntries(entries) as Form;
}

export function textAt(form: Form, ...path: (string | number)[]): string | undefined {
  let at: unknown = form;
  for (const key of path) at = (at as Record<string | number, unknown> | undefined)?.[key];
  return typeof at === 'string' ? at : undefined;
}

export function formAt(form: Form, ...path: (string | number)[]): Form | undefined {
  let at: unknown = form;
  for (const key of path) at = (at as Record<string | number, unknown> | undefined)?.[key];
  return typeof at === 'object' && at !== null && !Array.isArray(at) ? (at as Form) : undefined;
}

export function strings(form: Form | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(form ?? {}).filter(([, value]) => typeof value === 'string'),
  ) as Record<string, string>;
}
