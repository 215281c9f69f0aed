-- Reads how many events of a service were published.
--
-- KEYS
--   1 info    hash    podId → details, JSON; '@since'; '@quiet'; '@restored'; '@events'
-- ARGV
--   none
-- Reply
--   { store time in ms, number of the last event or 0 }

-- @include refuse
-- @include now
-- @include info
local info_key = KEYS[1]

check_events(info_key)
return { now_ms(), tonumber(redis.call('HGET', info_key, '@events') or 0) }
