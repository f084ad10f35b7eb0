"""Rate limits shared by all workers: says "wait 40 s", never sleeps.

One window per bucket in Valkey, counted in slots: in any stretch of the window's length at most
`limit` calls are granted, wherever the platform's own window begins. A token bucket with a full
burst would pass nearly twice the limit in one fixed window. The clock is Valkey's, so that a
worker's wrong clock changes nothing.
"""

from dataclasses import dataclass

import redis

from platforms.errors import RateLimited

# A window is counted in sixtieths. One more counts, so that a call that was long on its way still
# falls into the platform's window before: both together waste at most 2/60 of the limit.
SLOTS = 60

# KEYS[1] bucket; ARGV limit, window_ms, cost, slots -> {granted, wait_ms}
# A hash of slot number -> calls, and 'blocked_until'. The slots of one window count, the one before
# it and the current one.
_TAKE = """
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local cost, slots = tonumber(ARGV[3]), tonumber(ARGV[4])
local width = window / slots; local slot = math.floor(now / width); local kept = slots + 1
local blocked = tonumber(redis.call('HGET', KEYS[1], 'blocked_until') or '0')
if now < blocked then return {0, blocked - now} end
local used, counts = 0, {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local number = tonumber(all[i])
  if number then
    if number < slot - kept then redis.call('HDEL', KEYS[1], all[i])
    else
      used = used + tonumber(all[i + 1])
      counts[#counts + 1] = {number, tonumber(all[i + 1])}
    end
  end
end
if used + cost <= limit then
  redis.call('HINCRBY', KEYS[1], slot, cost)
  redis.call('PEXPIRE', KEYS[1], math.max(window * 2, blocked - now + 1000))
  return {1, 0}
end
table.sort(counts, function(a, b) return a[1] < b[1] end)
local free = limit - used
for _, entry in ipairs(counts) do
  free = free + entry[2]
  if free >= cost then
    return {0, math.ceil((entry[1] + kept + 1) * width - now)}
  end
end
return {0, window}
"""

# KEYS[1] bucket; ARGV limit, window_ms, remaining, slots: the platform counts more than we do.
_LOWER = """
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local limit, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local remaining, slots = tonumber(ARGV[3]), tonumber(ARGV[4])
local slot = math.floor(now / (window / slots)); local used = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local number = tonumber(all[i])
  if number and number >= slot - slots then used = used + tonumber(all[i + 1]) end
end
local unknown = limit - remaining - used
if unknown > 0 then
  redis.call('HINCRBY', KEYS[1], slot, unknown)
  redis.call('PEXPIRE', KEYS[1], math.max(window * 2, redis.call('PTTL', KEYS[1])))
end
return math.max(unknown, 0)
"""

# KEYS[1] bucket; ARGV ms: stops every worker at once. A shorter block never shortens a longer one.
_BLOCK = """
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local before = tonumber(redis.call('HGET', KEYS[1], 'blocked_until') or '0')
local stop = math.max(now + tonumber(ARGV[1]), before)
redis.call('HSET', KEYS[1], 'blocked_until', stop)
redis.call('PEXPIRE', KEYS[1], math.max(stop - now + 60000, redis.call('PTTL', KEYS[1])))
return stop - now
"""

# KEYS[1] bucket; ARGV window_ms, slots -> {used, ms for which it is blocked}
_STATE = """
local t = redis.call('TIME'); local now = t[1] * 1000 + math.floor(t[2] / 1000)
local window, slots = tonumber(ARGV[1]), tonumber(ARGV[2])
local slot = math.floor(now / (window / slots)); local used, blocked = 0, 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local number = tonumber(all[i])
  if number and number >= slot - slots then used = used + tonumber(all[i + 1]) end
  if all[i] == 'blocked_until' then blocked = math.max(tonumber(all[i + 1]) - now, 0) end
end
return {used, blocked}
"""


@dataclass(frozen=True)
class Window:
    """What a platform allows: `limit` calls in `seconds`."""

    limit: int
    seconds: float


class Limits:
    """The buckets of all credentials. `store`: a client of Valkey or Redis."""

    def __init__(self, store: redis.Redis) -> None:
        self._take = store.register_script(_TAKE)
        self._lower = store.register_script(_LOWER)
        self._block = store.register_script(_BLOCK)
        self._state = store.register_script(_STATE)

    def take(self, bucket: str, window: Window, *, cost: int = 1) -> None:
        """Spend `cost` calls. Raises RateLimited with the seconds until they are there."""
        granted, wait = self._take([_key(bucket)], [window.limit, _ms(window), cost, SLOTS])
        if not granted:
            raise RateLimited("The limit of calls is reached.", retry_after=wait / 1000)

    def lower(self, bucket: str, window: Window, *, remaining: int) -> None:
        """Believe a platform that counts fewer remaining calls than we do; never the contrary."""
        self._lower([_key(bucket)], [window.limit, _ms(window), remaining, SLOTS])

    def block(self, bucket: str, *, seconds: float) -> None:
        """Stop all workers on this bucket, as a 429 demands."""
        self._block([_key(bucket)], [round(seconds * 1000)])

    def state(self, bucket: str, window: Window) -> tuple[int, float]:
        """Calls spent in the last window, and the seconds for which the bucket is blocked."""
        used, blocked = self._state([_key(bucket)], [_ms(window), SLOTS])
        return used, blocked / 1000


def _key(bucket: str) -> str:
    return f"tw:limit:{bucket}"


def _ms(window: Window) -> int:
    return round(window.seconds * 1000)
