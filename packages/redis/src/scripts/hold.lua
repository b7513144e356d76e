-- KEYS record claims · ARGV id v claim → 1 when the free claim was taken for the record that names it
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[2] then return 0 end
return redis.call('HSETNX', KEYS[2], ARGV[3], ARGV[1])
