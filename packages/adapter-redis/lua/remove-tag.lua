-- Removes a tag.
--
-- KEYS
--   1 tag     string  the service's name
-- ARGV
--   none
-- Reply
--   1 if there was one, else 0

local tag_key = KEYS[1]

-- DEL alone would remove a key of any type.
if not redis.call('GET', tag_key) then return 0 end
return redis.call('DEL', tag_key)
