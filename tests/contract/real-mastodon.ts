import type { RealServers } from './real-servers';
export function mastodonSteps(_server: NonNullable<RealServers['mastodon']>): void {}
