-- Sets an operator's intent for a pod, and publishes it.
--
-- KEYS
--   1 intents hash    podId → an operator's intent; '<podId>:rate' → users a second of a drain
--   2 info    hash    podId → details as JSON; '@since'; '@quiet'; '@restored'; '@events'
-- ARGV
--   1 channel
--   2 podId
--   3 intent
--   4 rate           users a second; empty for none
-- Reply
--   1

-- @include refuse
-- @include info
local intents_key, info_key = KEYS[1], KEYS[2]
local channel, pod, intent, rate = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

redis.call('HGET', intents_key, pod)
check_events(info_key)
redis.call('HSET', intents_key, pod, intent)
if rate == '' then redis.call('HDEL', intents_key, pod .. ':rate') else redis.call('HSET', intents_key, pod .. ':rate', rate) end
publish(info_key, channel, now, pod, '"intent":"' .. intent .. '"')
return 1
