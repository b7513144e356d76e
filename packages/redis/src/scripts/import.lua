-- KEYS record events due, left index…, entered index… · ARGV order record pulse event…
-- order = {id, v, newV, wakeAt, fingerprint, naturals, dueAt, part, left, entered}; v '' when there is no record
-- → 1 when the finished migration was written, 0 when another change came first
local order = cjson.decode(ARGV[1])
if (redis.call('HGET', KEYS[1], 'v') or '') ~= order.v then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
for at = 4, #ARGV do redis.call('RPUSH', KEYS[2], ARGV[at]) end
redis.call('HSET', KEYS[1], 'record', ARGV[2], 'v', order.newV, 'wakeAt', order.wakeAt, 'pulse', ARGV[3],
  'fingerprint', order.fingerprint, 'naturals', order.naturals, 'archived', #ARGV - 3, 'imported', order.part)
if order.dueAt >= 0 then redis.call('ZADD', KEYS[3], order.dueAt, order.id) else redis.call('ZREM', KEYS[3], order.id) end
for at, member in ipairs(order.left) do redis.call('ZREM', KEYS[3 + at], member) end
for at, member in ipairs(order.entered) do redis.call('ZADD', KEYS[3 + #order.left + at], 0, member) end
return 1
