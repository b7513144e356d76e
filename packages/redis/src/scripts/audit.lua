-- KEYS audit fresh clock · ARGV sandbox id line → the time it was written at. In a MULTI it is kept with the change it tells of.
local now = now_ms(KEYS[3], ARGV[1])
write_audit(KEYS[1], KEYS[2], now, ARGV[2], ARGV[3])
return now
