-- KEYS record events nudges wake due clock live claims naturals waiters budgets slots holds lifted worked copies,
--      left index…, entered index…
-- ARGV order record pulse event…
-- order = {id, sandbox, v, age, wakeAt, closing, nudges, nudge, take, release, slots, leave, weight, naturals,
--          holdsNatural, mayWait, keepsWaiting, ended, dueAt, liveMax, left, entered, raise, lift, stand, worked, copy}
-- → {'appended', v, now, wakeAt} | {'overtaken'} | {'claimed', claim, holder} | {'full', slot, used, limit, ahead};
-- all but the first change nothing of the record.
local order = cjson.decode(ARGV[1])
local id = order.id
local record, nudges, claims, naturals, waiters = KEYS[1], KEYS[3], KEYS[8], KEYS[9], KEYS[10]
local budgets, slots, holds, lifted, worked, copies = KEYS[11], KEYS[12], KEYS[13], KEYS[14], KEYS[15], KEYS[16]
local FIXED = 16
local stored = redis.call('HMGET', record, 'v', 'naturals', 'waits')
if stored[1] ~= order.v then return { 'overtaken' } end

local function leave_line()
  if not stored[3] then return end
  redis.call('ZREM', waiters, stored[3] .. '\n' .. order.age)
  redis.call('HDEL', record, 'waits')
end

-- Whoever leaves a budget's line leaves it to the next: it may have been the one that was woken.
local function tell_line(other)
  local line = stored[3]
  if not line or line == other or string.sub(line, 1, 5) ~= 'slot:' then return end
  -- Places are taken all or none: whoever takes any has sat down in this line as well.
  wake_next(budgets, slots, waiters, nudges, line, other == nil and order.slots[1] ~= nil)
end

local function stand_in(line)
  leave_line()
  redis.call('ZADD', waiters, 0, line .. '\n' .. order.age)
  redis.call('HSET', record, 'waits', line)
end

local function refuse(line, answer)
  if order.mayWait then
    stand_in(line)
    tell_line(line)
  end
  return answer
end

-- nil when there is a place; else what to answer. Who is heavier than the whole budget goes alone.
local function full(slot)
  local budget = budget_of(budgets, slots, slot)
  if not budget.places and not budget.bytes then return nil end
  local ahead = redis.call('ZLEXCOUNT', waiters, '(' .. slot .. '\n', '(' .. slot .. '\n' .. order.age)
  if budget.places and budget.used + ahead >= budget.places then
    return { 'full', slot, budget.used, budget.places, ahead }
  end
  local isTooHeavy = budget.bytes and budget.used > 0 and budget.weight + order.weight > budget.bytes
  if budget.bytes and (ahead > 0 or isTooHeavy) then
    return { 'full', slot, math.ceil(budget.weight / 1e9), math.ceil(budget.bytes / 1e9), ahead }
  end
  return nil
end

-- A plan that learns its project changes its natural key; the earlier one stays reserved beside it.
local keys, known = cjson.decode(stored[2]), {}
for _, key in ipairs(keys) do known[key] = true end
for _, key in ipairs(order.naturals) do
  if not known[key] then known[key] = true; table.insert(keys, key) end
end

for _, claim in ipairs(order.take) do
  local holder = redis.call('HGET', claims, claim)
  if holder and holder ~= id then return refuse(claim, { 'claimed', claim, holder }) end
end
for _, slot in ipairs(order.slots) do
  local answer = full(slot)
  if answer then return refuse(slot, answer) end
end
if order.holdsNatural then
  for _, key in ipairs(keys) do
    local holder = redis.call('HGET', naturals, key)
    if holder and holder ~= id then return refuse(key, { 'claimed', key, holder }) end
  end
end

local now = now_ms(KEYS[6], order.sandbox)
local wake_at = order.wakeAt
if order.closing then
  local count = tonumber(redis.call('ZSCORE', nudges, id) or '0')
  if count == order.nudges then redis.call('ZREM', nudges, id) else wake_at = now end
end
if order.nudge then
  redis.call('ZINCRBY', nudges, 1, id)
  if order.closing then wake_at = now end
end

local stays = order.stand == '' and order.keepsWaiting
if order.stand ~= '' then stand_in('hold:' .. order.stand) elseif not stays then leave_line() end
for _, claim in ipairs(order.take) do redis.call('HSET', claims, claim, id) end
for _, claim in ipairs(order.release) do
  if redis.call('HGET', claims, claim) == id then free_claim(claims, waiters, nudges, claim) end
end
for _, slot in ipairs(order.slots) do take_slot(slots, slot, id, order.weight) end
if not stays then tell_line(nil) end
for _, slot in ipairs(order.leave) do
  if leave_slot(slots, slot, id) then wake_line(budgets, slots, waiters, nudges, slot) end
end
for _, key in ipairs(keys) do
  if order.holdsNatural then redis.call('HSET', naturals, key, id)
  elseif redis.call('HGET', naturals, key) == id then free_claim(naturals, waiters, nudges, key) end
end

-- A hold that stands already is confirmed: it keeps its beginning, and whoever tried has failed. A refused look is the
-- wider hold.
if order.raise then
  local fresh = order.raise
  local kept = redis.call('HGET', holds, fresh.name)
  if kept then
    local old = cjson.decode(kept)
    fresh.since, fresh.times, fresh.probeAt = old.since, old.times + 1, old.probeAt
    if fresh.act ~= cjson.null then fresh.act, fresh.stops = old.act, old.stops end
    -- Who was not the one to try says nothing of the one that does.
    if old.probe ~= id then fresh.probe = old.probe end
  else
    fresh.since, fresh.times, fresh.probeAt = now, 1, now + order.probeMs
  end
  fresh.lastAt = now
  redis.call('HSET', holds, fresh.name, cjson.encode(fresh))
end
for _, name in ipairs(order.lift) do
  local kept = redis.call('HGET', holds, name)
  if kept and cjson.decode(kept).probe == id then
    redis.call('HDEL', holds, name)
    if wake_held(waiters, nudges, name) then redis.call('SADD', lifted, name) end
  end
end
for _, key in ipairs(order.worked) do redis.call('HSET', worked, key, now) end
if order.copy then redis.call('HSET', copies, order.copy.id, order.copy.text) end

local v = redis.call('HINCRBY', record, 'v', 1)
redis.call('HSET', record, 'record', ARGV[2], 'wakeAt', wake_at, 'pulse', ARGV[3],
  'naturals', cjson.encode(keys))
for at = 4, #ARGV do
  local n = redis.call('RPUSH', KEYS[2], ARGV[at])
  redis.call('XADD', KEYS[7], 'MAXLEN', '~', order.liveMax, '*', 'id', id, 'n', n, 'event', ARGV[at])
end
if order.ended then redis.call('ZREM', KEYS[4], id) else redis.call('ZADD', KEYS[4], wake_at, id) end
if order.dueAt >= 0 then redis.call('ZADD', KEYS[5], order.dueAt, id) else redis.call('ZREM', KEYS[5], id) end
for at, member in ipairs(order.left) do redis.call('ZREM', KEYS[FIXED + at], member) end
for at, member in ipairs(order.entered) do redis.call('ZADD', KEYS[FIXED + #order.left + at], 0, member) end
return { 'appended', v, now, wake_at }
