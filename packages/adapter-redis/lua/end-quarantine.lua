-- Ends a user's quarantine, and forgets the deaths held against the user.
--
-- KEYS
--   1 token   hash    the uid's token records, by service
-- ARGV
--   1 serviceName
-- Reply
--   1 if the user was quarantined, else 0

local token_key, field = KEYS[1], ARGV[1] .. ':poison'

local poison = redis.call('HGET', token_key, field)
if not poison then return 0 end
redis.call('HDEL', token_key, field)
local over_at = tonumber(string.match(poison, '^q(%d+)$'))
return over_at and over_at > now and 1 or 0
