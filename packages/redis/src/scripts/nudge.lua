-- KEYS nudges record… · ARGV id… → how many were nudged. What has no record is not nudged: nobody could ever clear it.
local nudged = 0
for at, id in ipairs(ARGV) do
  if redis.call('EXISTS', KEYS[1 + at]) == 1 then
    redis.call('ZINCRBY', KEYS[1], 1, id)
    nudged = nudged + 1
  end
end
return nudged
