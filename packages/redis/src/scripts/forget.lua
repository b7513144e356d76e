-- KEYS record events nudges wake due index… · ARGV id v member… → 1 when the finished migration was removed: nobody changed it
-- since it was judged, and the archive has every event of it.
local stored = redis.call('HMGET', KEYS[1], 'v', 'archived')
if stored[1] ~= ARGV[2] then return 0 end
if tonumber(stored[2] or '-1') ~= redis.call('LLEN', KEYS[2]) then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
for at = 3, 5 do redis.call('ZREM', KEYS[at], ARGV[1]) end
for at = 3, #ARGV do redis.call('ZREM', KEYS[3 + at], ARGV[at]) end
return 1
