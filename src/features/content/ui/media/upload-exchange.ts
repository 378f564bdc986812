import { ApiProblem } from '@/client/api';
import type { SendOptions } from './upload-queue';

export interface UploadOptions extends SendOptions {
  organizationId: string;
}

export function noConnection(): ApiProblem {
  return new ApiProblem(0, {
    code: 'offline',
    title: 'No connection',
    detail: 'The file did not arrive. Check your connection and try again.',
  });
}

/** The problem document of an answer. */
export function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A proxy's own error page; the status says enough.
    return {};
  }
}
