-- Reads the states of services as a whole.
--
-- KEYS, for each service
--   1 word    string  the state's word, for the older sides
--   2 info    string  details, JSON
-- ARGV
--   none
-- Reply
--   for each service { store time in ms, word or nil, details or nil }

-- @include now
local now = now_ms()
local states = {}
for at = 1, #KEYS, 2 do
  states[#states + 1] = { now, redis.call('GET', KEYS[at]), redis.call('GET', KEYS[at + 1]) }
end
return states
