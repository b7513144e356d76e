-- KEYS holds clock · ARGV sandbox hold (JSON without its times) → the hold as it stands now; one that stood keeps its times
local fresh = cjson.decode(ARGV[2])
local kept = redis.call('HGET', KEYS[1], fresh.name)
local now = now_ms(KEYS[2], ARGV[1])
local old = kept and cjson.decode(kept) or { since = now, times = 0 }
fresh.since, fresh.times, fresh.lastAt = old.since, old.times + 1, now
local text = cjson.encode(fresh)
redis.call('HSET', KEYS[1], fresh.name, text)
return text
