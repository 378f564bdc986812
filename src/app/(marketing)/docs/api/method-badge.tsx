import { Badge, type Tone } from '@/ui/badge';

const METHOD_TONE: Record<string, Tone> = {
  GET: 'info',
  POST: 'ok',
  PUT: 'warn',
  PATCH: 'warn',
  DELETE: 'danger',
};

/** GET, POST and so on, told apart by colour and word. */
export function MethodBadge({ method }: { method: string }) {
  return (
    <span className="w-16">
      <Badge tone={METHOD_TONE[method] ?? 'neutral'}>{method}</Badge>
    </span>
  );
}
