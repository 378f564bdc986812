import { useTranslations } from 'next-intl';
import { NetworkMark } from '@/ui/network-mark';

const FROM = 6;
const TO = 22;
const NOW = 14.1;

/** Hours on the ruler; `wide` ones have no room on a phone. */
type Slot = { at: number; platform: string; lane: 0 | 1; wide?: boolean };

const POSTS: readonly Slot[] = [
  { at: 7.5, platform: 'mastodon', lane: 0 },
  { at: 8.25, platform: 'bluesky', lane: 1, wide: true },
  { at: 10, platform: 'x', lane: 0, wide: true },
  { at: 12.5, platform: 'mastodon', lane: 1 },
  { at: 14, platform: 'bluesky', lane: 0 },
  { at: 16.75, platform: 'x', lane: 1 },
  { at: 18.5, platform: 'mastodon', lane: 0 },
];
const FREE = [
  { at: 8.75, lane: 0 },
  { at: 11.25, lane: 0 },
  { at: 15.25, lane: 1 },
  { at: 17, lane: 0 },
  { at: 20.25, lane: 1 },
] as const;

function left(hour: number): string {
  return `${((hour - FROM) / (TO - FROM)) * 100}%`;
}

function clock(hour: number): string {
  return `${String(Math.floor(hour)).padStart(2, '0')}:${String(Math.round((hour % 1) * 60)).padStart(2, '0')}`;
}

const top = (lane: number) => ({ top: lane === 0 ? '0.5rem' : '2.75rem' });

/** A day of an example account as an instrument would show it: posts, free slots, and now. */
export function DayRuler() {
  const t = useTranslations('marketing.home.day');
  return (
    <figure>
      <div role="img" aria-label={t('label')} className="relative h-26 overflow-hidden">
        {FREE.map(({ at, lane }) => (
          <span
            key={at}
            className="outline-slot absolute hidden h-7 w-16 lg:block"
            style={{ left: left(at), ...top(lane) }}
          />
        ))}
        {POSTS.map(({ at, platform, lane, wide }) => (
          <span
            key={at}
            className={`absolute h-7 items-center gap-1.5 rounded-md border border-line bg-surface px-1.5 text-xs tabular-nums ${wide ? 'hidden sm:flex' : 'flex'} ${at < NOW ? 'text-muted' : 'text-ink'}`}
            style={{ left: left(at), ...top(lane) }}
          >
            <NetworkMark platform={platform} size={14} decorative />
            {clock(at)}
          </span>
        ))}
        <span className="absolute top-0 bottom-4 w-px bg-coral" style={{ left: left(NOW) }} />
        <span
          className="absolute top-0 size-1.5 -translate-x-[2.5px] rounded-full bg-coral"
          style={{ left: left(NOW) }}
        />
        <span className="absolute inset-x-0 bottom-4 h-px bg-line" />
        {Array.from({ length: (TO - FROM) * 4 + 1 }, (_, index) => FROM + index / 4).map((hour) => (
          <span
            key={hour}
            className={`absolute bottom-4 w-px ${hour % 1 === 0 ? 'h-2.5 bg-edge' : 'h-1.5 bg-line'}`}
            style={{ left: left(hour) }}
          />
        ))}
        {[8, 10, 12, 14, 16, 18, 20].map((hour) => (
          <span
            key={hour}
            className={`absolute bottom-0 -translate-x-1/2 font-mono text-xs leading-none text-muted ${hour % 4 === 0 ? '' : 'hidden sm:block'}`}
            style={{ left: left(hour) }}
          >
            {hour}
          </span>
        ))}
      </div>
    </figure>
  );
}
