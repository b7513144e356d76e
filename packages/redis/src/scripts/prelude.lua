-- Stands before every script. The one clock: Redis TIME in milliseconds, plus the sandbox's own number.
local function now_ms(clock_key, sandbox)
  local time = redis.call('TIME')
  local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  if sandbox == '1' then now = now + tonumber(redis.call('GET', clock_key) or '0') end
  return now
end

-- Writes one line of the audit, in the same breath as the change it tells of. Lines of one millisecond keep their order: the
-- first four digits of what makes a key unique are the line's place among them, and the rest is the dice's.
local function write_audit(audit, fresh, now, id, line)
  local stamp = string.format('%015d', now) .. ':'
  local newest = redis.call('ZREVRANGEBYLEX', audit, '(' .. stamp .. 'g', '[' .. stamp, 'LIMIT', 0, 1)[1]
  local place = newest and math.min(tonumber(string.sub(newest, 17, 20), 16) + 1, 0xffff) or 0
  local key = stamp .. string.format('%04x', place) .. string.sub(id, 5)
  redis.call('ZADD', audit, 0, key .. ':' .. line)
  redis.call('ZADD', fresh, 0, key)
end

-- The last 30 characters of an index member or a waiter are the migration's id.
local function id_of(member) return string.sub(member, -30) end

-- How many stand up when a claim is free: the first, and one more in case the first has ended meanwhile.
local WAITERS_WOKEN = 2

-- What of a budget is taken, and what it allows. `slots` holds `<slot>\n<id>` → bytes and the sums `<slot>` and `<slot>\n`.
local function budget_of(budgets, slots, slot)
  local places, bytes = string.match(redis.call('HGET', budgets, slot) or '- -', '^(%S+) (%S+)$')
  local taken = redis.call('HMGET', slots, slot, slot .. '\n')
  return {
    places = tonumber(places), bytes = tonumber(bytes),
    used = tonumber(taken[1] or '0'), weight = tonumber(taken[2] or '0'),
  }
end

local function take_slot(slots, slot, id, weight)
  if redis.call('HSETNX', slots, slot .. '\n' .. id, weight) == 0 then return false end
  redis.call('HINCRBY', slots, slot, 1)
  redis.call('HINCRBY', slots, slot .. '\n', weight)
  return true
end

-- The most that stand up when places are free; the others stand up one by one as those sit down.
local SLOT_WAITERS_WOKEN = 100

-- How many of a line may sit down now. Where bytes count, it is the first or nobody.
local function free_in(budget)
  local free = budget.bytes and 1 or SLOT_WAITERS_WOKEN
  if budget.places then free = math.min(free, math.max(budget.places - budget.used, 0)) end
  if budget.bytes and budget.used > 0 and budget.weight >= budget.bytes then free = 0 end
  return free
end

local function wake_some(waiters, nudges, slot, from, count)
  local line = redis.call('ZRANGEBYLEX', waiters, '(' .. slot .. '\n', '(' .. slot .. '\v', 'LIMIT', from, count)
  for _, member in ipairs(line) do redis.call('ZINCRBY', nudges, 1, id_of(member)) end
end

-- Wakes as many as there are places. They stay in line until they sit: nobody who comes later passes them.
local function wake_line(budgets, slots, waiters, nudges, slot)
  local free = free_in(budget_of(budgets, slots, slot))
  if free > 0 then wake_some(waiters, nudges, slot, 0, free) end
end

-- One of a line has left it: who now is the last that may sit stands up. Where only places count, one that has sat took
-- its place with it, and the others that may are up already.
local function wake_next(budgets, slots, waiters, nudges, slot, has_sat)
  local budget = budget_of(budgets, slots, slot)
  local free = free_in(budget)
  if free == 0 or (has_sat and budget.places and not budget.bytes) then return end
  wake_some(waiters, nudges, slot, free - 1, 1)
end

local function leave_slot(slots, slot, id)
  local weight = redis.call('HGET', slots, slot .. '\n' .. id)
  if not weight then return false end
  redis.call('HDEL', slots, slot .. '\n' .. id)
  redis.call('HINCRBY', slots, slot, -1)
  -- Not the negative of it: that of nothing is -0, which is no number to Redis.
  redis.call('HINCRBY', slots, slot .. '\n', 0 - tonumber(weight))
  return true
end

-- The most that a lift wakes at once; the chore `holds` wakes the rest.
local HELD_WOKEN = 1000

-- Wakes who stands under a hold that is over; true when more do.
local function wake_held(waiters, nudges, name)
  local line_name = 'hold:' .. name
  local low, high = '(' .. line_name .. '\n', '(' .. line_name .. '\v'
  local line = redis.call('ZRANGEBYLEX', waiters, low, high, 'LIMIT', 0, HELD_WOKEN)
  for _, member in ipairs(line) do
    redis.call('ZREM', waiters, member)
    redis.call('ZINCRBY', nudges, 1, id_of(member))
  end
  return #line == HELD_WOKEN
end

local function free_claim(claims, waiters, nudges, claim)
  redis.call('HDEL', claims, claim)
  local line = redis.call('ZRANGEBYLEX', waiters, '(' .. claim .. '\n', '(' .. claim .. '\v', 'LIMIT', 0, WAITERS_WOKEN)
  for _, member in ipairs(line) do
    redis.call('ZREM', waiters, member)
    redis.call('ZINCRBY', nudges, 1, id_of(member))
  end
end
