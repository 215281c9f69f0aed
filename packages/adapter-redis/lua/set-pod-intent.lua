-- Sets an operator's intent for a pod, and publishes it. A change is in the journal.
--
-- KEYS
--   1 intents hash    podId → an operator's intent; '<podId>:rate' → users a second of a drain
--   2 info    hash    podId → details as JSON; '@since'; '@quiet'; '@restored'; '@events'
--   3 journal stream  what happened to the service
-- ARGV
--   1 channel
--   2 podId
--   3 intent
--   4 rate            users a second; empty for none
--   5 by              who asks for it; empty if unnamed
-- Reply
--   1

-- @include refuse
-- @include info
-- @include journal
local intents_key, info_key, journal_key = KEYS[1], KEYS[2], KEYS[3]
local channel, pod, intent, rate, by = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local before = redis.call('HGET', intents_key, pod)
local rate_before = redis.call('HGET', intents_key, pod .. ':rate')
check_events(info_key)
check_journal(journal_key)
redis.call('HSET', intents_key, pod, intent)
if rate == '' then redis.call('HDEL', intents_key, pod .. ':rate') else redis.call('HSET', intents_key, pod .. ':rate', rate) end
if before ~= intent or (rate_before or '') ~= rate then
  local with_rate = rate ~= '' and ',"ratePerSecond":' .. rate or ''
  write_journal(journal_key, 'intent', pod, nil, by, '{"intent":"' .. intent .. '"' .. with_rate .. '}')
end
publish(info_key, channel, now, pod, '"intent":"' .. intent .. '"')
return 1
