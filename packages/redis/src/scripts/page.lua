-- KEYS index… · ARGV before wanted scanMax → more ('1'|'0'), last looked at, member…
-- Newest first: walks the rarest index from below `before` ('' = from the top) and keeps what all the others hold too.
-- Looks at no more than scanMax members; the caller comes back with the last one.
local CHUNK = 100
local rarest, fewest = 1, nil
if #KEYS > 1 then
  for at, key in ipairs(KEYS) do
    local count = redis.call('ZCARD', key)
    if fewest == nil or count < fewest then rarest, fewest = at, count end
  end
end
local before, wanted, scan_max = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local last, looked, kept = before, 0, {}

local function in_all(member)
  for at, key in ipairs(KEYS) do
    if at ~= rarest and not redis.call('ZSCORE', key, member) then return false end
  end
  return true
end

while looked < scan_max do
  local top = last == '' and '+' or '(' .. last
  local chunk = redis.call('ZREVRANGEBYLEX', KEYS[rarest], top, '-', 'LIMIT', 0, CHUNK)
  for _, member in ipairs(chunk) do
    if in_all(member) then
      -- Full only when one more is known to follow: the last page says that it is the last.
      if #kept == wanted then return { '1', last, unpack(kept) } end
      table.insert(kept, member)
    end
    looked = looked + 1
    last = member
  end
  if #chunk < CHUNK then return { '0', last, unpack(kept) } end
end
return { '1', last, unpack(kept) }
