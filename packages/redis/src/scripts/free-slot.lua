-- KEYS record slots budgets waiters nudges · ARGV id v slot → 1 when a place was freed that its holder no longer names
if (redis.call('HGET', KEYS[1], 'v') or '') ~= ARGV[2] then return 0 end
if not leave_slot(KEYS[2], ARGV[3], ARGV[1]) then return 0 end
wake_line(KEYS[3], KEYS[2], KEYS[4], KEYS[5], ARGV[3])
return 1
