-- KEYS lifted waiters nudges holds → how many lifted holds still have somebody standing under them. Under one that was
-- put up anew they stand with good reason.
local names = redis.call('SMEMBERS', KEYS[1])
local left = 0
for _, name in ipairs(names) do
  local stands = redis.call('HEXISTS', KEYS[4], name) == 1
  if not stands and wake_held(KEYS[2], KEYS[3], name) then left = left + 1 else redis.call('SREM', KEYS[1], name) end
end
return left
