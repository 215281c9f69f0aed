-- Reads all pods of a service at one moment.
--
-- KEYS
--   1 words   hash    podId → the state's word, for the older sides
--   2 info    hash    podId → details, JSON; '@since'; '@quiet'; '@restored'; '@events'
-- ARGV
--   none
-- Reply
--   { store time in ms, { podId or '@…', details, … }, { podId, word, … } }; the words only where some are without details

-- @include now
local words_key, info_key = KEYS[1], KEYS[2]

-- A heartbeat writes both: as many words as details are of the same pods, and are not worth reading.
local fields = redis.call('HGETALL', info_key)
local own = 0
for _, field in ipairs({ '@since', '@quiet', '@restored', '@events' }) do
  own = own + redis.call('HEXISTS', info_key, field)
end
local words = {}
if redis.call('HLEN', words_key) ~= #fields / 2 - own then words = redis.call('HGETALL', words_key) end
return { now_ms(), fields, words }
