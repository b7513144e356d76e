-- KEYS record nudges clock holds · ARGV id sandbox → now, nudges, {record v wakeAt pulse}, {hold…}
return {
  now_ms(KEYS[3], ARGV[2]),
  redis.call('ZSCORE', KEYS[2], ARGV[1]) or '0',
  redis.call('HMGET', KEYS[1], 'record', 'v', 'wakeAt', 'pulse'),
  redis.call('HVALS', KEYS[4]),
}
