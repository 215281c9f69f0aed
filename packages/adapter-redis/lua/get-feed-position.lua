-- Reads the number of events that a service has published.
--
-- KEYS
--   1 info    hash    podId → details as JSON; '@since'; '@quiet'; '@restored'; '@events'
-- ARGV
--   none
-- Reply
--   the number of the last event or 0

-- @include refuse
-- @include info
local info_key = KEYS[1]

check_events(info_key)
return tonumber(redis.call('HGET', info_key, '@events') or 0)
