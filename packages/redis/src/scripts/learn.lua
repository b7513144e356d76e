-- KEYS learned · ARGV class bucket ms keptMax → how many durations of the class are counted
-- `learned` holds by class {max, counts = {bucket → how many}}. When enough are counted all counts are halved, so that
-- the newer ones are worth more and what happened once is forgotten.
local kept = redis.call('HGET', KEYS[1], ARGV[1])
local known = kept and cjson.decode(kept) or { max = 0, counts = {} }
known.counts[ARGV[2]] = (known.counts[ARGV[2]] or 0) + 1
known.max = math.max(known.max, tonumber(ARGV[3]))
local n = 0
for _, count in pairs(known.counts) do n = n + count end
if n >= tonumber(ARGV[4]) then
  local halved, last = {}, -1
  n = 0
  for bucket, count in pairs(known.counts) do
    local half = math.floor(count / 2)
    if half > 0 then
      halved[bucket], n, last = half, n + half, math.max(last, tonumber(bucket))
    end
  end
  known.counts = halved
  known.max = math.min(known.max, math.ceil(1000 * 2 ^ (last / 8)))
end
redis.call('HSET', KEYS[1], ARGV[1], cjson.encode(known))
return n
