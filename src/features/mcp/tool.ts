import type { z } from 'zod';
import type { Actor } from '@/core/auth/principal';
import type { RateClass } from '@/core/http/rate-classes';
import type { Permission } from '@/features/organizations/permissions';
import type { McpServices } from './ports';

export interface ToolContext {
  actor: Actor;
  services: McpServices;
  signal: AbortSignal;
}

/** One tool: what a model is told about it, who may call it, and the service method behind it. */
export interface Tool {
  name: string;
  title: string;
  description: string;
  permission: Permission;
  /** The same limits as the HTTP API's. */
  rateClass: RateClass;
  /** Changes something: takes an `idempotencyKey`. */
  writes: boolean;
  /** What it does reaches the public, or cannot be undone. */
  public: boolean;
  input: z.ZodObject;
  output: z.ZodType;
  run(input: never, context: ToolContext): Promise<unknown>;
}

/** Ties a tool's input schema to its `run`. */
export function defineTool<Input extends z.ZodObject>(
  tool: Omit<Tool, 'input' | 'run' | 'writes' | 'public'> & {
    writes?: boolean;
    public?: boolean;
    input: Input;
    run(input: z.output<Input>, context: ToolContext): Promise<unknown>;
  },
): Tool {
  return { writes: false, public: false, ...tool } as unknown as Tool;
}
