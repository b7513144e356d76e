-- KEYS holds waiters nudges clock · ARGV sandbox everyMs dice → how many holds were given a migration that tries
-- The pause of an open circuit doubles up to `everyMs`. Of those that stand under a hold one is picked by the dice, so that one that cannot answer does not stand for all.
local now = now_ms(KEYS[4], ARGV[1])
local given = 0
for _, text in ipairs(redis.call('HVALS', KEYS[1])) do
  local hold = cjson.decode(text)
  if type(hold.probeAt) == 'number' and hold.probeAt <= now then
    local low, high = '(hold:' .. hold.name .. '\n', '(hold:' .. hold.name .. '\v'
    local many = redis.call('ZLEXCOUNT', KEYS[2], low, high)
    if many > 0 then
      local at = math.floor(tonumber(ARGV[3]) * many)
      local picked = redis.call('ZRANGEBYLEX', KEYS[2], low, high, 'LIMIT', at, 1)[1]
      local pause = math.min(tonumber(ARGV[2]), hold.pauseMs or tonumber(ARGV[2]))
      if hold.pauseMs then hold.pauseMs = math.min(tonumber(ARGV[2]), 2 * pause) end
      hold.probe = id_of(picked)
      hold.probeAt = now + math.floor(pause * (0.8 + 0.4 * tonumber(ARGV[3])))
      redis.call('HSET', KEYS[1], hold.name, cjson.encode(hold))
      redis.call('ZINCRBY', KEYS[3], 1, hold.probe)
      given = given + 1
    end
  end
end
return given
