-- KEYS acceptances record… → 1 or 0 for each record. The write gives this connection an offset in the append-only file
-- that lies behind every record seen here, so that WAITAOF and WAIT on it speak for them all.
redis.call('INCR', KEYS[1])
local there = {}
for at = 2, #KEYS do there[at - 1] = redis.call('EXISTS', KEYS[at]) end
return there
