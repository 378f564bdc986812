import { version as packageVersion } from '../../../package.json';

/** `0.1.0`, or `0.1.0+3f2c1ab` where the platform says which commit it built. */
export function appVersion(commit: string | undefined): string {
  return commit ? `${packageVersion}+${commit.slice(0, 7)}` : packageVersion;
}
