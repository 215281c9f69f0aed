-- Reads the state of a service as a whole.
--
-- KEYS
--   1 word    string  the state's word, for the older sides
--   2 info    string  details as JSON
-- ARGV
--   none
-- Reply
--   { word or nil, details or nil }

return { redis.call('GET', KEYS[1]), redis.call('GET', KEYS[2]) }
