'use client';
import { useCallback, useEffect, useRef, useState } from 'react';
import { ApiProblem, apiStream } from '@/client/api';

/** What the model proposes for one part of the post; nothing is changed until it is accepted. */
export interface Proposal {
  part: number;
  text: string;
  status: 'writing' | 'done' | 'failed';
  /** A local stand-in wrote it. */
  sandbox: boolean;
  /** IriSync tokens, once known. */
  charged: number | null;
  warnings: readonly { message: string; excerpt?: string | undefined }[];
  error: unknown;
}

export interface AssistantRequest {
  task: 'post_text' | 'rewrite';
  input: { text: string; instruction?: string };
  platforms?: string[];
  channelId?: string;
  locale?: string;
}

interface Streamed {
  meta: { sandbox?: boolean };
  delta: { text?: string };
  usage: { tokens?: { charged?: number } };
  done: { warnings?: Proposal['warnings'] };
  error: { code?: string; detail?: string; requestId?: string };
}

function applied(proposal: Proposal, event: string, data: unknown): Proposal {
  switch (event) {
    case 'meta':
      return { ...proposal, sandbox: (data as Streamed['meta']).sandbox ?? false };
    case 'delta':
      return { ...proposal, text: proposal.text + ((data as Streamed['delta']).text ?? '') };
    case 'usage':
      return { ...proposal, charged: (data as Streamed['usage']).tokens?.charged ?? null };
    case 'done':
      return { ...proposal, status: 'done', warnings: (data as Streamed['done']).warnings ?? [] };
    case 'error': {
      const { code, detail, requestId } = data as Streamed['error'];
      return { ...proposal, status: 'failed', error: new ApiProblem(502, { code, detail, requestId }) };
    }
    default:
      return proposal;
  }
}

/** Streams a proposal beside the text it is about: accept, reject, try again. */
export function useAssistant() {
  const [proposal, setProposal] = useState<Proposal | null>(null);
  const last = useRef<{ part: number; request: AssistantRequest } | null>(null);
  const control = useRef<AbortController | null>(null);

  const ask = useCallback(async (part: number, request: AssistantRequest) => {
    control.current?.abort();
    const mine = new AbortController();
    control.current = mine;
    last.current = { part, request };
    let current: Proposal = {
      part,
      text: '',
      status: 'writing',
      sandbox: false,
      charged: null,
      warnings: [],
      error: null,
    };
    const show = (next: Proposal) => {
      current = next;
      if (!mine.signal.aborted) setProposal(next);
    };
    show(current);
    try {
      const body = { ...request, stream: true };
      for await (const { event, data } of apiStream('/api/ai/generate', { body, signal: mine.signal })) {
        show(applied(current, event, data));
      }
      // A stream that ends without its last event was cut.
      if (current.status === 'writing') {
        show({
          ...current,
          status: 'failed',
          error: new ApiProblem(0, { code: 'offline', detail: undefined }),
        });
      }
    } catch (error) {
      if (!mine.signal.aborted) show({ ...current, status: 'failed', error });
    }
  }, []);

  const dismiss = useCallback(() => {
    control.current?.abort();
    setProposal(null);
  }, []);
  const again = useCallback(() => {
    if (last.current) void ask(last.current.part, last.current.request);
  }, [ask]);
  useEffect(() => () => control.current?.abort(), []);
  return { proposal, ask, dismiss, again };
}
