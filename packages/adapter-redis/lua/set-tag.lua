-- Sets the service of a tag.
--
-- KEYS
--   1 tag     string  the service's name
-- ARGV
--   1 serviceName
-- Reply
--   1 if that changed something, else 0

local tag_key, service_name = KEYS[1], ARGV[1]

if redis.call('GET', tag_key) == service_name then return 0 end
redis.call('SET', tag_key, service_name)
return 1
