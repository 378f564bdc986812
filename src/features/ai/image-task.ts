import type { ImageRequest } from './image-schema';
import type { AiTask, TaskFacts } from './task';

/** A request for pictures as the toolkit takes it. @param prompt the request's own with the style and the voice in it. */
export function imageTask(
  base: Pick<TaskFacts, 'requestId' | 'actor' | 'routing' | 'signal'>,
  request: ImageRequest,
  prompt: string,
): AiTask {
  const { count, size, quality } = request;
  return {
    ...base,
    type: 'image',
    messages: [],
    needs: ['image'],
    image: { prompt, count, size, quality },
    maxOutputTokens: 0,
    maxMeasure: { count },
    delivered: ({ images }) => ({ count: Math.min(count, images?.length ?? 0) }),
    guarded: [request.prompt],
    cacheable: false,
  };
}

export function imagePrompt({ prompt, style }: ImageRequest, voiceTone: string): string {
  return [prompt, style && `Style: ${style}.`, voiceTone && `The brand sounds like this: ${voiceTone}`]
    .filter(Boolean)
    .join('\n');
}
