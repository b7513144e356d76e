-- KEYS copies copies-archived · ARGV (id fingerprint)…, fingerprint '' = the archive has that the copy is gone. A copy that is
-- not here is not marked: a mark without an entry says "gone", and a Redis that was emptied or put back knows of no going.
for at = 1, #ARGV, 2 do
  if ARGV[at + 1] == '' then
    redis.call('HDEL', KEYS[2], ARGV[at])
  elseif redis.call('HEXISTS', KEYS[1], ARGV[at]) == 1 then
    redis.call('HSET', KEYS[2], ARGV[at], ARGV[at + 1])
  end
end
return #ARGV / 2
