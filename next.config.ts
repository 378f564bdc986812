import type { NextConfig } from 'next';
import createNextIntlPlugin from 'next-intl/plugin';

const SECURITY_HEADERS = [
  { key: 'x-content-type-options', value: 'nosniff' },
  { key: 'referrer-policy', value: 'strict-origin-when-cross-origin' },
  { key: 'x-frame-options', value: 'DENY' },
  { key: 'permissions-policy', value: 'camera=(), microphone=(), geolocation=(), payment=(), usb=()' },
  { key: 'cross-origin-opener-policy', value: 'same-origin-allow-popups' },
  { key: 'strict-transport-security', value: 'max-age=31536000; includeSubDomains' },
];

const config: NextConfig = {
  poweredByHeader: false,
  // Containers copy the traced server; Vercel makes its own.
  ...(process.env.BUILD_STANDALONE === 'true' ? { output: 'standalone' as const } : {}),
  // Server packages that load native parts, protocol files or themselves at run time.
  serverExternalPackages: [
    'firebase-admin',
    '@google-cloud/firestore',
    '@google-cloud/storage',
    '@google-cloud/kms',
    '@opentelemetry/sdk-node',
    'bullmq',
    'ioredis',
    'nodemailer',
    'pino',
    'prom-client',
    'sharp',
    'twitter-api-v2',
    '@atproto/api',
    'undici',
    'openai',
    '@anthropic-ai/sdk',
    '@google/generative-ai',
    'stripe',
    '@hubspot/api-client',
    'jsforce',
    'twitter-text',
    'web-push',
    'cockatiel',
    'file-type',
    'cron-parser',
    'mediabunny',
    '@modelcontextprotocol/sdk',
    'ajv',
    'rrule-temporal',
    'hash-wasm',
    'fast-xml-parser',
    'csv-parse',
    'pdfjs-dist',
    '@napi-rs/canvas',
    '@grpc/grpc-js',
    '@grpc/proto-loader',
    'avsc',
  ],
  // Loaded by the threads that run mapping expressions and read PDFs, which no bundler sees.
  outputFileTracingIncludes: {
    '/api/**': [
      './node_modules/jsonata/**',
      './node_modules/quickjs-emscripten-core/**',
      './node_modules/@jitl/**',
      './node_modules/pdfjs-dist/legacy/build/pdf.mjs',
      './node_modules/pdfjs-dist/legacy/build/pdf.worker.mjs',
      './node_modules/pdfjs-dist/{standard_fonts,cmaps,wasm,iccs}/**',
      './node_modules/@napi-rs/canvas*/**',
    ],
  },
  // Bundled for the public pages too: the compiled messages need the plugin's own formatter there.
  transpilePackages: ['next-intl', 'use-intl'],
  experimental: {
    turbopackClientSideNestedAsyncChunking: false,
    turbopackInputSourceMaps: false,
    // Built once per commit: what it would keep is never read.
    turbopackFileSystemCacheForBuild: false,
  },
  // Type errors are the `types` check's business, on the same compiler; checking twice costs CI a minute.
  typescript: { ignoreBuildErrors: true },
  allowedDevOrigins: ['127.0.0.1', 'localhost'],
  headers: async () => [
    { source: '/(.*)', headers: SECURITY_HEADERS },
    // Addresses that are secrets: no other site and no search engine gets to know them.
    ...['/review/:path*', '/api/review/:path*'].map((source) => ({
      source,
      headers: [
        { key: 'referrer-policy', value: 'no-referrer' },
        { key: 'x-robots-tag', value: 'noindex, nofollow' },
      ],
    })),
  ],
};

export default createNextIntlPlugin({
  requestConfig: './src/i18n/request.ts',
  // Messages are parsed at build time, so that the parser is not sent to every browser.
  experimental: { messages: { path: './src/messages', format: 'json', locales: 'infer', precompile: true } },
})(config);
