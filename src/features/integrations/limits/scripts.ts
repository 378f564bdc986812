import { CALM_MS, LOWEST, STEPS } from './windows';

/**
 * What {@link ./windows} says, in Redis and by Redis' own clock. All keys of a script carry the vendor's name as their hash tag, so
 * they lie in one slot; the counters' names end in the time of their step, which only Redis knows, and share that tag.
 */

/** Counters live this long, whatever their window. */
const COUNTER_MS = 60_000;
/** What a process said about its queue is old after this. */
const QUEUED_FRESH_MS = 35_000;
/** A multiplier is back at 1 after ten calm minutes. */
const PACE_KEPT_MS = 24 * 3_600_000;

const CLOCK = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function rounded(value) return math.floor(value * 10000 + 0.5) / 10000 end
local function pace(key)
  local known = redis.call('HMGET', key, 'multiplier', 'lastUpdated')
  if not known[1] then return 1 end
  local minutes = math.max(0, math.floor((now - tonumber(known[2])) / ${CALM_MS}))
  return rounded(math.min(1, tonumber(known[1]) + 0.05 * minutes))
end
`;

/**
 * Counts a call at every level, or at none. With charge 0 it only looks.
 *
 * KEYS: adaptive, queued, running, pause of all, pause of the operation, then one base name per window.
 * ARGV: charge, process, how many wait there, concurrent limit (0 for none), lease id, lease ms, then limit, window, paced per window.
 * Returns admitted, wait, now, multiplier ×10 000, pause, running, queued, quota limit (-1 unknown), quota left, then used and free
 * time per window.
 */
export const ADMIT = `${CLOCK}
local multiplier = pace(KEYS[1])
local queued = 0
if ARGV[1] == '1' then
  if tonumber(ARGV[3]) > 0 then
    redis.call('HSET', KEYS[2], ARGV[2], ARGV[3] .. ':' .. now)
    redis.call('PEXPIRE', KEYS[2], ${COUNTER_MS})
  else redis.call('HDEL', KEYS[2], ARGV[2]) end
else
  local told = redis.call('HVALS', KEYS[2])
  for _, text in ipairs(told) do
    local count, at = string.match(text, '^(%d+):(%d+)$')
    if count and now - tonumber(at) < ${QUEUED_FRESH_MS} then queued = queued + tonumber(count) end
  end
end
local wait, paused = 0, 0
for i = 4, 5 do paused = math.max(paused, redis.call('PTTL', KEYS[i])) end
wait = math.max(wait, paused)
redis.call('ZREMRANGEBYSCORE', KEYS[3], '-inf', now)
local running = redis.call('ZCARD', KEYS[3])
local most = tonumber(ARGV[4])
if most > 0 and running >= most then wait = math.max(wait, 200) end
local quota = redis.call('HMGET', KEYS[1], 'quotaLimit', 'quotaLeft')
local answer = { 0, 0, now, math.floor(multiplier * 10000 + 0.5), paused, running, queued, tonumber(quota[1] or -1), tonumber(quota[2] or -1) }
local steps = {}
for i = 6, #KEYS do
  local at = 7 + (i - 6) * 3
  local limit, window = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  if ARGV[at + 2] == '1' then limit = math.max(1, math.floor(rounded(limit * multiplier))) end
  local step = math.max(1, math.floor(window / ${STEPS}))
  local current = now - now % step
  local names = {}
  local oldest = current
  while oldest + window > now do oldest = oldest - step end
  for start = oldest, current, step do names[#names + 1] = KEYS[i] .. ':' .. string.format('%.0f', start) end
  local counts = redis.call('MGET', unpack(names))
  local used, last = 0, nil
  for n = 1, #names do
    local count = tonumber(counts[n] or 0)
    if count > 0 then used = used + count; last = oldest + (n - 1) * step end
  end
  local many = used + 1 - limit
  for n = 1, #names do
    if many <= 0 then break end
    local count = tonumber(counts[n] or 0)
    if count > 0 then
      many = many - count
      wait = math.max(wait, 1, oldest + n * step + window - now)
    end
  end
  answer[#answer + 1] = used
  answer[#answer + 1] = last and (last + step + window - now) or 0
  steps[#steps + 1] = KEYS[i] .. ':' .. string.format('%.0f', current)
end
answer[2] = wait
if wait == 0 then
  answer[1] = 1
  if ARGV[1] == '1' then
    for _, name in ipairs(steps) do
      redis.call('INCR', name)
      redis.call('PEXPIRE', name, ${COUNTER_MS})
    end
    if most > 0 then
      redis.call('ZADD', KEYS[3], now + tonumber(ARGV[6]), ARGV[5])
      redis.call('PEXPIRE', KEYS[3], tonumber(ARGV[6]) + ${COUNTER_MS})
    end
  end
end
return answer
`;

/**
 * What an answer of the vendor's said. KEYS: adaptive, pause. ARGV: factor of a 429 (0 for none), factor of a scarce allowance (0 for
 * none; once a minute), pause ms (0 for none), quota limit (-1 for unknown), quota left.
 * Returns now, multiplier ×10 000, since when it is at its lowest (0 when it is not).
 */
export const REPORT = `${CLOCK}
local function slow(factor)
  local before = pace(KEYS[1])
  local after = rounded(math.max(${LOWEST}, before * factor))
  local since = redis.call('HGET', KEYS[1], 'lowestSince')
  if after ~= ${LOWEST} then redis.call('HDEL', KEYS[1], 'lowestSince')
  elseif before ~= ${LOWEST} or not since then redis.call('HSET', KEYS[1], 'lowestSince', string.format('%.0f', now)) end
  redis.call('HSET', KEYS[1], 'multiplier', string.format('%.4g', after), 'lastUpdated', string.format('%.0f', now))
end
if tonumber(ARGV[1]) > 0 then slow(tonumber(ARGV[1])) end
if tonumber(ARGV[2]) > 0 then
  local at = tonumber(redis.call('HGET', KEYS[1], 'scarceAt') or 0)
  if now - at >= ${CALM_MS} then
    slow(tonumber(ARGV[2]))
    redis.call('HSET', KEYS[1], 'scarceAt', string.format('%.0f', now))
  end
end
if tonumber(ARGV[4]) >= 0 then redis.call('HSET', KEYS[1], 'quotaLimit', ARGV[4], 'quotaLeft', ARGV[5]) end
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('PEXPIRE', KEYS[1], ${PACE_KEPT_MS}) end
local pause = tonumber(ARGV[3])
if pause > redis.call('PTTL', KEYS[2]) and pause > 0 then redis.call('SET', KEYS[2], 1, 'PX', pause) end
local multiplier = pace(KEYS[1])
local since = multiplier == ${LOWEST} and tonumber(redis.call('HGET', KEYS[1], 'lowestSince') or 0) or 0
return { now, math.floor(multiplier * 10000 + 0.5), since }
`;
