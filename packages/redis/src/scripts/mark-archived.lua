-- KEYS (record events)… · ARGV (how many events, SHA-1 of the last)… → how many were marked. The archive has these records with
-- exactly these events: one that went on, or that a Redis put back lets go on in another way, is not marked.
local marked = 0
for at = 1, #KEYS, 2 do
  local count = redis.call('LLEN', KEYS[at + 1])
  local last = redis.call('LINDEX', KEYS[at + 1], -1)
  if last and tostring(count) == ARGV[at] and redis.sha1hex(last) == ARGV[at + 1] and redis.call('EXISTS', KEYS[at]) == 1 then
    redis.call('HSET', KEYS[at], 'archived', count)
    redis.call('HDEL', KEYS[at], 'imported')
    marked = marked + 1
  end
end
return marked
