-- Reads the linked pods of one service. Unlike MGET it does not take a key of a wrong type for an absent one.
--
-- KEYS, for each uid
--   1 link    string  the linked podId
-- ARGV
--   none
-- Reply
--   for each uid the podId or nil

local pods = {}
for at = 1, #KEYS do
  pods[at] = redis.call('GET', KEYS[at])
end
return pods
