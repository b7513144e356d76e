-- KEYS holds circuits clock · ARGV sandbox tallies (JSON) numbers (JSON) → the names of the circuits that opened
-- `circuits` holds by `<profile>|<zone>` the newest buckets, each {its number, calls, bad}. What opens begins anew: while
-- the hold stands only those call that are to try, and they prove nothing about a rate.
local now = now_ms(KEYS[3], ARGV[1])
local numbers = cjson.decode(ARGV[3])
local bucket = math.floor(now / numbers.bucketMs)
local opened = {}
for _, tally in ipairs(cjson.decode(ARGV[2])) do
  local field = tally.profile .. '|' .. tally.zone
  local kept, calls, bad = { { bucket, tally.calls, tally.bad } }, tally.calls, tally.bad
  for _, old in ipairs(cjson.decode(redis.call('HGET', KEYS[2], field) or '[]')) do
    if old[1] > bucket - numbers.buckets and old[1] <= bucket then
      calls, bad = calls + old[2], bad + old[3]
      if old[1] == bucket then kept[1] = { bucket, kept[1][2] + old[2], kept[1][3] + old[3] }
      else table.insert(kept, old) end
    end
  end
  if redis.call('HEXISTS', KEYS[1], tally.hold.name) == 1 then
    redis.call('HDEL', KEYS[2], field)
  elseif calls >= numbers.callsMin and bad >= numbers.badShare * calls then
    local hold = tally.hold
    hold.since, hold.lastAt, hold.times = now, now, bad
    hold.probeAt, hold.pauseMs = now + numbers.firstProbeMs, 2 * numbers.firstProbeMs
    redis.call('HSET', KEYS[1], hold.name, cjson.encode(hold))
    redis.call('HDEL', KEYS[2], field)
    table.insert(opened, hold.name)
  else
    redis.call('HSET', KEYS[2], field, cjson.encode(kept))
  end
end
return opened
