-- Reads all pods of a service at one moment.
--
-- KEYS
--   1 words   hash    podId → the state's word, for the older sides
--   2 info    hash    podId → details as JSON; '@since'; '@quiet'; '@restored'; '@events'
--   3 intents hash    podId → an operator's intent; '@frozen' → '<at>/<by>/' while the evening out is stopped
--   4 callers zset    caller → until when it is counted, in ms
-- ARGV
--   none
-- Reply
--   { { podId or '@…', details, … }, { podId, word, … }, '@frozen' or nil, number of callers or nil }

-- A reading does not fail for the intents or the callers.
local frozen = redis.pcall('HGET', KEYS[3], '@frozen')
local callers = redis.pcall('ZCOUNT', KEYS[4], string.format('(%.0f', now), '+inf')
return { redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[1]), type(frozen) == 'string' and frozen,
  type(callers) == 'number' and callers > 0 and callers }
