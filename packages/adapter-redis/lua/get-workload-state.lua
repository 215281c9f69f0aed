-- Reads the state of a service as a whole.
--
-- KEYS, for each item
--   1 word    string  the state's word, for the older sides
--   2 info    string  details, JSON
-- ARGV, for each item
--   none
-- Reply, for each item
--   { store time in ms, word or nil, details or nil }

-- @include now
return { now_ms(), redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]) }
