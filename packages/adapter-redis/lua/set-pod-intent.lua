-- Sets an operator's intent for a pod, and publishes it.
--
-- KEYS
--   1 intents hash    podId → an operator's intent
--   2 info    hash    podId → details as JSON; '@since'; '@quiet'; '@restored'; '@events'
-- ARGV
--   1 channel
--   2 podId
--   3 intent
-- Reply
--   1

-- @include refuse
-- @include info
local intents_key, info_key = KEYS[1], KEYS[2]
local channel, pod, intent = ARGV[1], ARGV[2], ARGV[3]

redis.call('HGET', intents_key, pod)
check_events(info_key)
redis.call('HSET', intents_key, pod, intent)
publish(info_key, channel, now, pod, '"intent":"' .. intent .. '"')
return 1
