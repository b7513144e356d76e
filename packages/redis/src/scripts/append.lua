-- KEYS record events nudges wake due clock live claims naturals waiters, left index…, entered index…
-- ARGV order record pulse event…
-- order = {id, sandbox, v, age, wakeAt, closing, nudges, nudge, take, release, naturals, holdsNatural,
--          mayWait, keepsWaiting, ended, dueAt, liveMax, left, entered}
-- → {'appended', v, now, wakeAt} | {'overtaken'} | {'claimed', claim, holder}; the last two change nothing of the record.
local order = cjson.decode(ARGV[1])
local id = order.id
local record, claims, naturals, waiters = KEYS[1], KEYS[8], KEYS[9], KEYS[10]
local stored = redis.call('HMGET', record, 'v', 'naturals', 'waits')
if stored[1] ~= order.v then return { 'overtaken' } end

local function leave_line()
  if stored[3] then
    redis.call('ZREM', waiters, stored[3] .. '\n' .. order.age)
    redis.call('HDEL', record, 'waits')
  end
end

local function refuse(claim, holder)
  if order.mayWait then
    leave_line()
    redis.call('ZADD', waiters, 0, claim .. '\n' .. order.age)
    redis.call('HSET', record, 'waits', claim)
  end
  return { 'claimed', claim, holder }
end

-- A plan that learns its project changes its natural key; the earlier one stays reserved beside it.
local keys, known = cjson.decode(stored[2]), {}
for _, key in ipairs(keys) do known[key] = true end
for _, key in ipairs(order.naturals) do
  if not known[key] then known[key] = true; table.insert(keys, key) end
end

for _, claim in ipairs(order.take) do
  local holder = redis.call('HGET', claims, claim)
  if holder and holder ~= id then return refuse(claim, holder) end
end
if order.holdsNatural then
  for _, key in ipairs(keys) do
    local holder = redis.call('HGET', naturals, key)
    if holder and holder ~= id then return refuse(key, holder) end
  end
end

local now = now_ms(KEYS[6], order.sandbox)
local wake_at = order.wakeAt
if order.closing then
  local count = tonumber(redis.call('ZSCORE', KEYS[3], id) or '0')
  if count == order.nudges then redis.call('ZREM', KEYS[3], id) else wake_at = now end
end
if order.nudge then
  redis.call('ZINCRBY', KEYS[3], 1, id)
  if order.closing then wake_at = now end
end

if not order.keepsWaiting then leave_line() end
for _, claim in ipairs(order.take) do redis.call('HSET', claims, claim, id) end
for _, claim in ipairs(order.release) do
  if redis.call('HGET', claims, claim) == id then free_claim(claims, waiters, KEYS[3], claim) end
end
for _, key in ipairs(keys) do
  if order.holdsNatural then redis.call('HSET', naturals, key, id)
  elseif redis.call('HGET', naturals, key) == id then free_claim(naturals, waiters, KEYS[3], key) end
end

local v = redis.call('HINCRBY', record, 'v', 1)
redis.call('HSET', record, 'record', ARGV[2], 'wakeAt', wake_at, 'pulse', ARGV[3],
  'naturals', cjson.encode(keys))
for at = 4, #ARGV do
  local n = redis.call('RPUSH', KEYS[2], ARGV[at])
  redis.call('XADD', KEYS[7], 'MAXLEN', '~', order.liveMax, '*', 'id', id, 'n', n, 'event', ARGV[at])
end
if order.ended then redis.call('ZREM', KEYS[4], id) else redis.call('ZADD', KEYS[4], wake_at, id) end
if order.dueAt >= 0 then redis.call('ZADD', KEYS[5], order.dueAt, id) else redis.call('ZREM', KEYS[5], id) end
for at, member in ipairs(order.left) do redis.call('ZREM', KEYS[10 + at], member) end
for at, member in ipairs(order.entered) do redis.call('ZADD', KEYS[10 + #order.left + at], 0, member) end
return { 'appended', v, now, wake_at }
