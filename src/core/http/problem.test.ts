import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  ERROR_STATUS,
  EXTERNAL_ERROR_CLASSES,
  ExternalServiceError,
  InsufficientTokensError,
  RateLimitedError,
  SystemError,
  ValidationError,
} from '@/core/errors';
import { faultsOf, problemSchema, toProblem } from './problem';

describe('toProblem', () => {
  it('answers every code with its status and a complete document', () => {
    for (const [code, status] of Object.entries(ERROR_STATUS)) {
      const { body, ...answer } = toProblem(
        new SystemError('What happened.', code as keyof typeof ERROR_STATUS),
        'req-1',
      );
      expect(answer.status).toBe(status);
      expect(problemSchema.parse(body).requestId).toBe('req-1');
      expect(answer.headers['content-type']).toBe('application/problem+json');
    }
  });

  it('masks what it does not know: no message, no stack', () => {
    const { status, body, unexpected } = toProblem(new Error('password is hunter2'), 'req-2');
    expect({ status, unexpected }).toEqual({ status: 500, unexpected: true });
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });

  it('masks a defect of ours that carries the code internal', () => {
    const defect = new SystemError('collection x, field y', 'internal', { context: { secret: 's' } });
    expect(JSON.stringify(toProblem(defect, 'r').body)).not.toMatch(/collection x|secret/);
  });

  it('never passes on a vendor’s own words', () => {
    for (const kind of EXTERNAL_ERROR_CLASSES) {
      const error = new ExternalServiceError('raw vendor text', {
        provider: 'x',
        kind,
        retryable: true,
        retryAfterMs: 1500,
      });
      const { body, headers, status } = toProblem(error, 'r');
      expect(status).toBe(502);
      expect(headers['retry-after']).toBe('2');
      expect(JSON.stringify(body)).not.toContain('raw vendor text');
    }
  });

  it('says when to try again', () => {
    expect(toProblem(new RateLimitedError('Slow down.', 12.2), 'r').headers['retry-after']).toBe('13');
    const facts = { available: 1, needed: 5, held: 9, nextRefreshDate: new Date('2026-12-01') };
    expect(toProblem(new InsufficientTokensError(facts, 'tokens_held'), 'r').headers['retry-after']).toBe(
      '5',
    );
    expect(toProblem(new InsufficientTokensError(facts), 'r').headers['retry-after']).toBeUndefined();
    expect(toProblem(new InsufficientTokensError(facts), 'r').body).toMatchObject({
      available: 1,
      needed: 5,
      held: 9,
    });
  });

  it('lets details never overwrite the document’s own members', () => {
    const error = new SystemError('x', 'conflict', {
      details: { status: 200, code: 'fine', requestId: 'forged' },
    });
    expect(toProblem(error, 'real').body).toMatchObject({ status: 409, code: 'conflict', requestId: 'real' });
  });
});

describe('faultsOf', () => {
  const schema = z.strictObject({ name: z.string(), items: z.array(z.object({ n: z.number() })) });

  it('gives each fault its exact path', () => {
    const parsed = schema.safeParse({ items: [{ n: 1 }, { n: 'x' }], extra: 1, more: 2 });
    if (parsed.success) throw new Error('expected faults');
    const paths = faultsOf(parsed.error, 'body').map((fault) => fault.path);
    expect(paths.sort()).toEqual(['body.extra', 'body.items.1.n', 'body.more', 'body.name']);
  });

  it('is carried by a ValidationError', () => {
    const { body } = toProblem(ValidationError.at('body.zone', 'Unknown zone.'), 'r');
    expect(body.errors).toEqual([{ path: 'body.zone', message: 'Unknown zone.' }]);
  });

  it.each([4, 8, 10, 14])(
    'says clearly when the database is away (gRPC %i), and when to come back',
    (code) => {
      const error = Object.assign(new Error('14 UNAVAILABLE: 10.0.0.7:443 refused'), {
        code,
        details: 'refused',
      });
      const problem = toProblem(error, 'r1');
      expect(problem).toMatchObject({ status: 503, unexpected: false, headers: { 'retry-after': '5' } });
      expect(problem.body.code).toBe('service_unavailable');
      expect(JSON.stringify(problem.body)).not.toContain('10.0.0.7');
    },
  );

  it('takes other gRPC errors for the defects they are', () => {
    const error = Object.assign(new Error('3 INVALID_ARGUMENT'), { code: 3, details: 'bad' });
    expect(toProblem(error, 'r1')).toMatchObject({ status: 500, unexpected: true });
  });
});
