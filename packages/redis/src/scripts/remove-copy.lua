-- KEYS copies copies-archived · ARGV id → 1; 0 when there was no entry. Leaves a mark that is no fingerprint, also where none was:
-- a part that is being written may have the entry already.
if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], 'gone')
return 1
