-- KEYS sweep · ARGV wish → 1 when the sweep that was asked for is still this one, and is now done with.
if redis.call('HGET', KEYS[1], 'wish') ~= ARGV[1] then return 0 end
return redis.call('HDEL', KEYS[1], 'wish', 'tries') > 0 and 1 or 0
