-- Stands before every script. The one clock: Redis TIME in milliseconds, plus the sandbox's own number.
local function now_ms(clock_key, sandbox)
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  if sandbox == '1' then now = now + tonumber(redis.call('GET', clock_key) or '0') end
  return now
end

-- The last 30 characters of an index member or a waiter are the migration's id.
local function id_of(member) return string.sub(member, -30) end

-- How many stand up when a claim is free: the first, and one more in case the first has ended meanwhile.
local WAITERS_WOKEN = 2

local function free_claim(claims, waiters, nudges, claim)
  redis.call('HDEL', claims, claim)
  local line = redis.call('ZRANGEBYLEX', waiters, '(' .. claim .. '\n', '(' .. claim .. '\v', 'LIMIT', 0, WAITERS_WOKEN)
  for _, member in ipairs(line) do
    redis.call('ZREM', waiters, member)
    redis.call('ZINCRBY', nudges, 1, id_of(member))
  end
end
