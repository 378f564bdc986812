import pino from 'pino';
import { logLevel } from '@/core/config/log-level';
import { currentContext } from '@/core/http/context';

/** Paths whose values never reach a log line. Wildcards cover one level; secrets must not be nested deeper. */
const REDACT = [
  'password',
  'token',
  'secret',
  'authorization',
  'cookie',
  'accessToken',
  'refreshToken',
  'apiKey',
  'appPassword',
  'idToken',
  'clientSecret',
  'credentials',
].flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

export const redact = { paths: REDACT, censor: '[redacted]' };

/** JSON lines on stdout. Every line carries the current request id, organisation and user when there are any. */
export const logger = pino({
  level: logLevel,
  base: { service: 'irisync' },
  redact,
  formatters: { level: (label) => ({ level: label }) },
  timestamp: pino.stdTimeFunctions.isoTime,
  mixin: () => {
    const context = currentContext();
    if (!context) return {};
    return {
      requestId: context.requestId,
      ...(context.organizationId ? { organizationId: context.organizationId } : {}),
      ...(context.userId ? { userId: context.userId } : {}),
    };
  },
});

export type Logger = pino.Logger;
