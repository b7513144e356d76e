-- KEYS holds waiters nudges lifted · ARGV name → the hold that was lifted, or nil
local kept = redis.call('HGET', KEYS[1], ARGV[1])
if not kept then return nil end
redis.call('HDEL', KEYS[1], ARGV[1])
if wake_held(KEYS[2], KEYS[3], ARGV[1]) then redis.call('SADD', KEYS[4], ARGV[1]) end
return kept
