-- KEYS nudges record… · ARGV id… → 0. Looks again: a migration created meanwhile keeps the nudge it was born with.
for at, id in ipairs(ARGV) do
  if redis.call('EXISTS', KEYS[1 + at]) == 0 then redis.call('ZREM', KEYS[1], id) end
end
return 0
