-- Counts a caller among those that place users of a service, and forgets those whose time is over.
--
-- KEYS
--   1 callers zset    caller → until when it is counted, in ms
-- ARGV
--   1 callerId
--   2 ttlMs
-- Reply
--   how many callers are counted

local callers_key, caller, ttl_ms = KEYS[1], ARGV[1], math.ceil(tonumber(ARGV[2]))

redis.call('ZREMRANGEBYSCORE', callers_key, '-inf', string.format('%.0f', now))
redis.call('ZADD', callers_key, string.format('%.0f', now + ttl_ms), caller)
if redis.call('PTTL', callers_key) < ttl_ms then
  redis.call('EXPIRE', callers_key, string.format('%.0f', math.ceil(ttl_ms / 1000)))
end
return redis.call('ZCARD', callers_key)
