-- Counts a user no more among the quarantined ones of a service. The journal has it.
--
-- KEYS
--   1 quarantined zset  uid → until when, in ms
--   2 journal stream  what happened to the service
-- ARGV
--   1 uid
--   2 by              who asks for it; empty if unnamed
-- Reply
--   1 if the user was counted, else 0

-- @include journal
local quarantined_key, journal_key, uid, by = KEYS[1], KEYS[2], ARGV[1], ARGV[2]

check_journal(journal_key)
redis.call('ZREMRANGEBYSCORE', quarantined_key, '-inf', string.format('%.0f', now))
if redis.call('ZREM', quarantined_key, uid) == 0 then return 0 end
write_journal(journal_key, 'unquarantined', nil, uid, by)
return 1
