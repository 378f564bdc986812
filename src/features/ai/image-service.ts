import 'server-only';
import { z } from 'zod';
import type { Actor } from '@/core/auth/principal';
import { isSystemError, NotFoundError, ValidationError } from '@/core/errors';
import type { Ids } from '@/core/ids';
import type { JobQueue } from '@/core/jobs/job-queue';
import type { JobContext } from '@/core/jobs/registry';
import { singleton } from '@/core/singletons';
import type { Catalogue } from './catalogue';
import type { ImageJobRepository } from './image-repository';
import type { ImageJobResponse, ImageRequest } from './image-schema';
import { imagePrompt, imageTask } from './image-task';
import type { AiTask, OrganizationReader, TokenOwner } from './task';
import type { AIToolkitFactory } from './toolkit';
import { maxPriceOf } from './toolkit-plan';

export const IMAGE_JOB = 'ai.image';
export const imageJobPayload = z.object({ requestId: z.string() });

/** Puts a made picture into the media library; the content room does it. @returns the id it has there. */
export interface MediaWriter {
  saveGenerated(picture: {
    assetId: string;
    organizationId: string;
    userId: string;
    bytes: Uint8Array;
    mime: string;
    altText: string;
  }): Promise<{ id: string }>;
}

export interface ImageServiceDeps {
  toolkit: Pick<AIToolkitFactory, 'execute' | 'steps'>;
  repository: ImageJobRepository;
  media: MediaWriter;
  jobs: Pick<JobQueue, 'enqueue'>;
  organizations: OrganizationReader;
  /** @throws InsufficientTokensError before anything is queued. */
  validateTokens(owner: TokenOwner, amount: number): Promise<void>;
  catalogue: Catalogue;
  ids: Ids;
}

/** Statuses after which trying the same again makes no sense. */
const FINAL = (status: number) => status < 500;

/** Pictures take their time: the request is checked and queued, a job makes them, and they land in the media library. */
export class ImageService {
  constructor(readonly deps: ImageServiceDeps) {}

  static getInstance(): ImageService {
    return singleton<ImageService>('AiImageService');
  }

  /** Refuses at once whatever would be refused later: bad input, no provider, too few tokens. */
  async request(
    actor: Actor,
    request: ImageRequest,
    signal: AbortSignal,
  ): Promise<{ jobId: string; assetIds: string[] }> {
    if (request.model && this.deps.catalogue.named(request.model).length === 0)
      throw ValidationError.at('body.model', 'There is no such model. See GET /api/ai/providers.');
    const requestId = this.deps.ids.next('ai');
    const task = this.#task(requestId, actor, request, signal);
    await this.deps.toolkit.steps.prepare(task);
    await this.deps.validateTokens(actor, maxPriceOf(task));
    const assetIds = Array.from({ length: request.count }, () => this.deps.ids.next('med'));
    await this.deps.repository.create(requestId, actor, request, assetIds);
    await this.deps.jobs.enqueue({
      type: IMAGE_JOB,
      payload: { requestId },
      idempotencyKey: requestId,
      maxAttempts: 3,
    });
    return { jobId: requestId, assetIds };
  }

  /** @throws NotFoundError also for another organisation's job. */
  async status(actor: Actor, jobId: string): Promise<ImageJobResponse> {
    const job = await this.deps.repository.get(jobId);
    if (job?.organizationId !== actor.organizationId) throw new NotFoundError('This job');
    const { status, assetIds, error, usage, tokens } = job;
    return { jobId, status, assetIds, error, usage, tokens };
  }

  /** Runs a queued request. At least once: pictures that were paid for are never charged again under the same id. */
  async run({
    payload,
    attempt,
    maxAttempts,
    signal,
  }: JobContext<z.output<typeof imageJobPayload>>): Promise<void> {
    const { requestId } = payload;
    const job = await this.deps.repository.get(requestId);
    if (!job || job.status === 'done' || job.status === 'failed') return;
    await this.deps.repository.update(requestId, { status: 'running' });
    const actor = { ...job, permissions: new Set(['ai.use']) };
    try {
      const answer = await this.deps.toolkit.execute(this.#task(requestId, actor, job.request, signal));
      const assetIds = await this.#store(job, answer.output.images ?? []);
      const { usage, tokens } = answer;
      await this.deps.repository.update(requestId, { status: 'done', assetIds, usage, tokens });
    } catch (error) {
      const known = isSystemError(error) ? error : undefined;
      if (known && !FINAL(known.status) && attempt < maxAttempts) throw error;
      if (!known && attempt < maxAttempts) throw error;
      const code = known?.code ?? 'internal';
      const detail = known?.message ?? 'Something went wrong on our side. Nothing was charged.';
      await this.deps.repository.update(requestId, { status: 'failed', error: { code, detail } });
      if (!known) throw error;
    }
  }

  #task(requestId: string, actor: AiTask['actor'], request: ImageRequest, signal: AbortSignal): AiTask {
    const { policy, provider, model, allowFallback } = request;
    return imageTask(
      { requestId, actor, routing: { policy, provider, model, allowFallback }, signal },
      request,
      imagePrompt(request, ''),
    );
  }

  async #store(
    job: { organizationId: string; userId: string; request: ImageRequest; assetIds: string[] },
    images: readonly { bytes: Uint8Array; mime: string }[],
  ): Promise<string[]> {
    const { organizationId, userId, request } = job;
    const altText = request.prompt.slice(0, 500);
    const saved = images.map(({ bytes, mime }, index) =>
      this.deps.media.saveGenerated({
        assetId: job.assetIds[index] ?? this.deps.ids.next('med'),
        organizationId,
        userId,
        bytes,
        mime,
        altText,
      }),
    );
    return (await Promise.all(saved)).map(({ id }) => id);
  }
}
