-- KEYS budgets slots waiters nudges · ARGV slot limits ('<places> <bytes>', '- -' = none) → the limits before, or nil
local before = redis.call('HGET', KEYS[1], ARGV[1])
if ARGV[2] == '- -' then redis.call('HDEL', KEYS[1], ARGV[1]) else redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
wake_line(KEYS[1], KEYS[2], KEYS[3], KEYS[4], ARGV[1])
return before
