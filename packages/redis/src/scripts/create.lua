-- KEYS record events nudges wake clock live naturals idempotency index…
-- ARGV order record event pulse; order = {id, sandbox, natural, fingerprint, keptMs, liveMax, members}
-- → {'created', now} | {'known', id} | {'key-reused'} | {'under-way', id}
local order = cjson.decode(ARGV[1])
local id = order.id

if order.fingerprint ~= '' then
  local kept = redis.call('GET', KEYS[8])
  if kept then
    if string.sub(kept, 1, -32) ~= order.fingerprint then return { 'key-reused' } end
    return { 'known', id_of(kept) }
  end
end

local stored = redis.call('HMGET', KEYS[1], 'v', 'fingerprint')
if stored[1] then
  -- The key was forgotten (48 h) but the id derived from it was not: another body is still another body.
  if order.fingerprint ~= '' and stored[2] and stored[2] ~= '' and stored[2] ~= order.fingerprint then
    return { 'key-reused' }
  end
  return { 'known', id }
end

local holder = redis.call('HGET', KEYS[7], order.natural)
if holder and holder ~= id then return { 'under-way', holder } end

local now = now_ms(KEYS[5], order.sandbox)
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'v', '1', 'wakeAt', now, 'pulse', ARGV[4],
  'fingerprint', order.fingerprint, 'naturals', cjson.encode({ order.natural }))
redis.call('RPUSH', KEYS[2], ARGV[3])
redis.call('HSET', KEYS[7], order.natural, id)
redis.call('ZADD', KEYS[4], now, id)
for at, member in ipairs(order.members) do redis.call('ZADD', KEYS[8 + at], 0, member) end
if order.fingerprint ~= '' then redis.call('SET', KEYS[8], order.fingerprint .. ' ' .. id, 'PX', order.keptMs) end
redis.call('ZINCRBY', KEYS[3], 1, id)
redis.call('XADD', KEYS[6], 'MAXLEN', '~', order.liveMax, '*', 'id', id, 'n', '1', 'event', ARGV[3])
return { 'created', now }
