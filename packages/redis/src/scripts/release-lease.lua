-- KEYS lease · ARGV token → 1 when it was ours: nobody lets go of another's
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
