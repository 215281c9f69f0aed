-- Reads all pods of a service at one moment.
--
-- KEYS
--   1 words   hash    podId → the state's word, for the older sides
--   2 info    hash    podId → details as JSON; '@since'; '@quiet'; '@restored'; '@events'
-- ARGV
--   none
-- Reply
--   { { podId or '@…', details, … }, { podId, word, … } }

return { redis.call('HGETALL', KEYS[2]), redis.call('HGETALL', KEYS[1]) }
