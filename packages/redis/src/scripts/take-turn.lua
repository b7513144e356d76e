-- KEYS rates turns clock · ARGV sandbox profile default ('' = no limit) calls owed → now, when these calls may begin
-- `turns` holds by profile `<until> <rate>`: when the calls promised so far are paid for, at this rate. `owed`: calls made beyond
-- what was promised. Whoever asks gets a time and keeps it, so turns come in the order of asking and nobody is passed.
local BURST_MIN = 10
local now = now_ms(KEYS[3], ARGV[1])
local rate = tonumber(redis.call('HGET', KEYS[1], ARGV[2]) or ARGV[3])
if not rate or rate <= 0 then
  redis.call('HDEL', KEYS[2], ARGV[2])
  return { now, now }
end
local each = 1000 / rate
local burst = math.max(BURST_MIN, rate)
local calls, owed = tonumber(ARGV[4]), tonumber(ARGV[5])
local until_text, rate_text = string.match(redis.call('HGET', KEYS[2], ARGV[2]) or '0', '^(%S+) ?(%S*)$')
local ahead = math.max(0, tonumber(until_text) - now)
-- At another rate, whoever changed it, the calls that are not paid for yet are as many as before, and take their time anew.
ahead = ahead * (tonumber(rate_text) or rate) / rate
local paid = now + ahead + owed * each
local start = math.max(now, paid + (math.min(calls, burst) - burst) * each)
redis.call('HSET', KEYS[2], ARGV[2], string.format('%.3f %.17g', paid + calls * each, rate))
return { now, math.ceil(start) }
