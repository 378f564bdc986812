import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { faultsOf } from '@/core/http/problem';
import {
  createPostRequestSchema,
  publishRequestSchema,
  updatePostRequestSchema,
  validateRequestSchema,
} from './schema';

function paths(schema: z.ZodType, input: unknown): string[] {
  const parsed = schema.safeParse(input);
  return parsed.success ? [] : faultsOf(parsed.error, 'body').map((fault) => fault.path);
}

const master = { text: 'Hello' };

describe('bad input is named by its path', () => {
  it.each<[string, z.ZodType, unknown, string[]]>([
    ['unknown field', createPostRequestSchema, { master, colour: 'red' }, ['body.colour']],
    [
      'unknown field inside a channel',
      createPostRequestSchema,
      { master, channels: [{ connectionId: 'a', platform: 'x' }] },
      ['body.channels.0.platform'],
    ],
    ['status cannot be set', updatePostRequestSchema, { status: 'published' }, ['body.status']],
    [
      'a channel twice',
      createPostRequestSchema,
      { master, channels: [{ connectionId: 'a' }, { connectionId: 'a' }] },
      ['body.channels.1.connectionId'],
    ],
    [
      'a file twice',
      createPostRequestSchema,
      { master: { text: '', mediaIds: ['m', 'm'] } },
      ['body.master.mediaIds'],
    ],
    [
      'a link that is no web address',
      createPostRequestSchema,
      { master: { text: '', link: 'javascript:alert(1)' } },
      ['body.master.link'],
    ],
    [
      'a schedule mode that does not exist',
      createPostRequestSchema,
      { master, schedule: { mode: 'someday' } },
      ['body.schedule.mode'],
    ],
    [
      'a time without zone',
      createPostRequestSchema,
      { master, schedule: { mode: 'at', localTime: '2030-01-01T10:00' } },
      ['body.schedule.zone'],
    ],
    [
      'a zone without time',
      createPostRequestSchema,
      { master, schedule: { mode: 'at', zone: 'Europe/Berlin' } },
      ['body.schedule.localTime'],
    ],
    [
      'a time with an offset',
      createPostRequestSchema,
      { master, schedule: { mode: 'at', localTime: '2030-01-01T10:00Z', zone: 'UTC' } },
      ['body.schedule.localTime'],
    ],
    [
      'a time for a draft',
      createPostRequestSchema,
      { master, schedule: { mode: 'draft', localTime: '2030-01-01T10:00' } },
      ['body.schedule.localTime'],
    ],
    ['publish with both forms', publishRequestSchema, { postId: 'p', master }, ['body.master']],
    ['publish with neither', publishRequestSchema, {}, ['body.master', 'body.channels']],
    ['publish inline without channels', publishRequestSchema, { master, channels: [] }, ['body.channels']],
    [
      'validate without network',
      validateRequestSchema,
      { master, channels: [{}] },
      ['body.channels.0.connectionId'],
    ],
  ])('%s', (_, schema, input, expected) => {
    expect(paths(schema, input)).toEqual(expected);
  });

  it('takes the smallest good input and fills the rest', () => {
    expect(createPostRequestSchema.parse({ master })).toEqual({
      master: { text: 'Hello', mediaIds: [] },
      channels: [],
      schedule: { mode: 'draft' },
      tags: [],
    });
    expect(publishRequestSchema.parse({ postId: 'p', connectionIds: ['a'] })).toEqual({
      postId: 'p',
      connectionIds: ['a'],
    });
  });
});
