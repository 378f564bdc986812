import { describe, expect, it } from 'vitest';
import type { Finding } from '@/features/platforms/finding-schema';
import { sortFindings } from './shared-findings';

const warning = (code: Finding['code'], message = code): Finding => ({
  code,
  severity: 'warning',
  path: 'media.0',
  message,
});
const error = (code: Finding['code']): Finding => ({ ...warning(code), severity: 'error' });
const checks = (lists: Record<string, Finding[]>) =>
  new Map(Object.entries(lists).map(([id, findings]) => [id, { findings }]));
const codes = (findings: readonly Finding[] | undefined) => findings?.map((finding) => finding.code);

describe('findings of several channels', () => {
  it('says once what every channel warns about, and leaves errors where they are', () => {
    const sorted = sortFindings(
      checks({
        a: [warning('alt_text_missing'), error('text_too_long')],
        b: [warning('alt_text_missing'), warning('needs_reauth'), error('text_too_long')],
      }),
      ['a', 'b', 'not-checked-yet'],
    );
    expect(codes(sorted.shared)).toEqual(['alt_text_missing']);
    expect(codes(sorted.own.get('a'))).toEqual(['text_too_long']);
    expect(codes(sorted.own.get('b'))).toEqual(['needs_reauth', 'text_too_long']);
  });

  it('keeps the warnings of a single channel with it', () => {
    const sorted = sortFindings(checks({ a: [warning('alt_text_missing')] }), ['a']);
    expect(sorted.shared).toEqual([]);
    expect(codes(sorted.own.get('a'))).toEqual(['alt_text_missing']);
  });
});
