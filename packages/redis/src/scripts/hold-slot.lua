-- KEYS record slots · ARGV id v slot weight → 1 when the place was taken for the record that names it
if redis.call('HGET', KEYS[1], 'v') ~= ARGV[2] then return 0 end
return take_slot(KEYS[2], ARGV[3], ARGV[1], tonumber(ARGV[4])) and 1 or 0
