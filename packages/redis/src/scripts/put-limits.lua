-- KEYS budgets rates slots waiters nudges audit fresh clock
-- ARGV sandbox order line · order = {id, budgetsBefore, budgets, ratesBefore, rates}, each slot or profile → text
-- Replaces every limit and wakes who may go now → 1; 0 and nothing is changed when they are no longer as they were read.
local order = cjson.decode(ARGV[2])

local function is_as_read(key, read)
  local flat, count = redis.call('HGETALL', key), 0
  for _ in pairs(read) do count = count + 1 end
  if #flat ~= 2 * count then return false end
  for at = 1, #flat, 2 do
    if read[flat[at]] ~= flat[at + 1] then return false end
  end
  return true
end

if not is_as_read(KEYS[1], order.budgetsBefore) or not is_as_read(KEYS[2], order.ratesBefore) then return 0 end

local function replace(key, before, after, changed)
  for name in pairs(before) do
    if not after[name] then redis.call('HDEL', key, name); changed(name) end
  end
  for name, text in pairs(after) do
    if before[name] ~= text then redis.call('HSET', key, name, text); changed(name) end
  end
end

replace(KEYS[1], order.budgetsBefore, order.budgets, function(slot)
  wake_line(KEYS[1], KEYS[3], KEYS[4], KEYS[5], slot)
end)
replace(KEYS[2], order.ratesBefore, order.rates, function() end)
write_audit(KEYS[6], KEYS[7], now_ms(KEYS[8], ARGV[1]), order.id, ARGV[3])
return 1
