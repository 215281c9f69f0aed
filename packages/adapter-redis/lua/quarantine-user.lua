-- Counts a user among the quarantined ones of a service, unless there are too many. The journal has it.
--
-- KEYS
--   1 quarantined zset  uid → until when, in ms
--   2 journal stream  what happened to the service
-- ARGV
--   1 uid
--   2 ttlMs
--   3 most            how many users can be quarantined at once
-- Reply
--   1 if the user is counted, else 0

-- @include journal
local quarantined_key, journal_key = KEYS[1], KEYS[2]
local uid, ttl_ms, most = ARGV[1], math.ceil(tonumber(ARGV[2])), tonumber(ARGV[3])

check_journal(journal_key)
redis.call('ZREMRANGEBYSCORE', quarantined_key, '-inf', string.format('%.0f', now))
if redis.call('ZSCORE', quarantined_key, uid) then return 1 end
if redis.call('ZCARD', quarantined_key) >= most then return 0 end
redis.call('ZADD', quarantined_key, string.format('%.0f', now + ttl_ms), uid)
if redis.call('PTTL', quarantined_key) < ttl_ms then
  redis.call('EXPIRE', quarantined_key, string.format('%.0f', math.ceil(ttl_ms / 1000)))
end
write_journal(journal_key, 'quarantined', nil, uid)
return 1
