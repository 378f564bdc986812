import type { ChatMessage, ToolCall, ToolDefinition } from '../../schema';
import { fillSchema } from './schema-fill';
import { wordsOf } from './words';

/**
 * Which tool the conversation asks for, if any: the one whose name and description share most words with the last message.
 * A tool that already answered in this turn is not called again.
 */
export function chooseTool(
  messages: readonly ChatMessage[],
  tools: readonly ToolDefinition[],
): ToolCall | undefined {
  const lastUser = messages.findLastIndex(({ role }) => role === 'user');
  const said = textOf(messages[lastUser]);
  const answered = new Set(
    messages.slice(lastUser + 1).flatMap((message) => (message.role === 'tool' ? [message.name] : [])),
  );
  const asked = new Set(wordsOf(said).map(stem));
  let best: { tool: ToolDefinition; score: number } | undefined;
  for (const tool of tools) {
    if (answered.has(tool.name)) continue;
    const words = new Set(wordsOf(`${tool.name.replaceAll(/[_-]/g, ' ')} ${tool.description}`).map(stem));
    const score = [...asked].filter((word) => word.length > 3 && words.has(word)).length;
    if (score > 0 && (!best || score > best.score)) best = { tool, score };
  }
  if (!best) return undefined;
  const filled = fillSchema(best.tool.parameters, said);
  return {
    id: `sandbox_${best.tool.name}_${answered.size}`,
    name: best.tool.name,
    arguments: typeof filled === 'object' && filled !== null ? (filled as Record<string, unknown>) : {},
  };
}

export function textOf(message: ChatMessage | undefined): string {
  if (!message) return '';
  if (typeof message.content === 'string') return message.content;
  return message.content.map((part) => (part.type === 'text' ? part.text : '')).join('\n');
}

function stem(word: string): string {
  return word.toLowerCase().replace(/(ing|ed|es|s)$/, '');
}
