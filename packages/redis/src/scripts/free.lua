-- KEYS record claims waiters nudges · ARGV id v claim → 1 when a claim was freed that its holder no longer names
if (redis.call('HGET', KEYS[1], 'v') or '') ~= ARGV[2] then return 0 end
if redis.call('HGET', KEYS[2], ARGV[3]) ~= ARGV[1] then return 0 end
free_claim(KEYS[2], KEYS[3], KEYS[4], ARGV[3])
return 1
