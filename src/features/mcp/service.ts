import 'server-only';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ListToolsRequestSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { z } from 'zod';
import type { Actor } from '@/core/auth/principal';
import { ForbiddenError, NotFoundError, ValidationError } from '@/core/errors';
import { currentContext } from '@/core/http/context';
import { faultsOf, type Problem, toProblem } from '@/core/http/problem';
import { singleton } from '@/core/singletons';
import { logger } from '@/core/telemetry/logger';
import type { McpServices } from './ports';
import type { Tool } from './tool';
import { idempotencyKeySchema, TOOLS } from './tools';

const INSTRUCTIONS =
  'IriSync writes, plans and publishes social media posts. Start with list_channels, check with validate_post, keep work with create_draft. Publishing needs a key with the scope content.publish; ask the person before anything goes out.';

/**
 * The Model Context Protocol over HTTP, without sessions: every request stands alone, so any instance may answer it. Tools are
 * the services of the API, with the same permissions, limits and errors.
 */
export class McpService {
  static getInstance(): McpService {
    return singleton<McpService>('McpService');
  }

  constructor(
    readonly services: McpServices,
    readonly version: string,
  ) {}

  /** Answers one HTTP request of the protocol. @param body the parsed message, or several. */
  async handle(request: Request, body: unknown, actor: Actor): Promise<Response> {
    const server = new Server(
      { name: 'irisync', title: 'IriSync', version: this.version },
      { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
    );
    server.setRequestHandler(ListToolsRequestSchema, () => ({
      tools: TOOLS.filter((tool) => actor.permissions.has(tool.permission)).map(described),
    }));
    server.setRequestHandler(CallToolRequestSchema, ({ params }, { signal }) =>
      this.#call(params.name, params.arguments ?? {}, actor, signal),
    );
    const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    try {
      return await transport.handleRequest(request, { parsedBody: body });
    } finally {
      await server.close();
    }
  }

  /** Runs a tool. What the caller can act on comes back as a tool error with the API's own code. */
  async #call(name: string, input: unknown, actor: Actor, signal: AbortSignal): Promise<CallToolResult> {
    try {
      const tool = TOOLS.find((one) => one.name === name);
      if (!tool) throw new NotFoundError(`The tool ${name.slice(0, 80)}`);
      if (!actor.permissions.has(tool.permission)) throw missingScope(tool);
      await this.services.limit(tool.rateClass, actor);
      const answer = await this.#run(tool, input, actor, signal);
      return { content: [{ type: 'text', text: JSON.stringify(answer) }], structuredContent: answer };
    } catch (error) {
      return this.#failure(error, name);
    }
  }

  async #run(
    tool: Tool,
    given: unknown,
    actor: Actor,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    const schema = inputOf(tool);
    const parsed = schema.safeParse(given);
    if (!parsed.success)
      throw new ValidationError(
        'The input of this tool needs your attention.',
        faultsOf(parsed.error, 'input'),
      );
    const { idempotencyKey, ...input } = parsed.data as Record<string, unknown>;
    const run = async () => {
      const result = await tool.run(input as never, { actor, services: this.services, signal });
      // Only what the schema names leaves; dates become text.
      return JSON.parse(JSON.stringify(tool.output.parse(result))) as Record<string, unknown>;
    };
    if (typeof idempotencyKey !== 'string') return run();
    const scope = `${actor.organizationId}/${actor.userId} MCP ${tool.name}`;
    return (await this.services.once(scope, idempotencyKey, input, run)) as Record<string, unknown>;
  }

  #failure(error: unknown, tool: string): CallToolResult {
    const { body, unexpected } = toProblem(error, currentContext()?.requestId ?? 'mcp');
    if (unexpected) logger.error({ err: error, tool }, 'a tool failed unexpectedly');
    const problem = { ...body, errors: body.errors?.map(named) } satisfies Problem;
    return {
      isError: true,
      content: [{ type: 'text', text: inWords(problem) }],
      structuredContent: JSON.parse(JSON.stringify(problem)) as Record<string, unknown>,
    };
  }
}

function missingScope(tool: Tool): ForbiddenError {
  return new ForbiddenError(
    `This key may not do that: it lacks the scope ${tool.permission}. Ask an admin for a key that has it.`,
    'forbidden',
    { details: { permission: tool.permission } },
  );
}

function inputOf(tool: Tool): z.ZodObject {
  return tool.writes ? tool.input.safeExtend({ idempotencyKey: idempotencyKeySchema }) : tool.input;
}

function described(tool: Tool) {
  const { name, title, description } = tool;
  const { $schema: _, ...inputSchema } = z.toJSONSchema(inputOf(tool), {
    io: 'input',
    unrepresentable: 'any',
  });
  return {
    name,
    title,
    description,
    inputSchema: inputSchema as { type: 'object' },
    annotations: {
      title,
      readOnlyHint: !tool.writes,
      destructiveHint: tool.public,
      idempotentHint: !tool.writes,
      openWorldHint: tool.public,
    },
  };
}

/** Services name faults by the part of an HTTP request; here everything came as one input. */
function named({ path, message }: { path: string; message: string }) {
  return { path: path.replace(/^(?:body|query|params)\./, 'input.'), message };
}

/** A problem as a sentence that a model can act on. */
function inWords(problem: Problem): string {
  const faults = (problem.errors ?? []).map(({ path, message }) => `${path}: ${message}`);
  return [`${problem.detail} (${problem.code})`, ...faults].join('\n');
}
