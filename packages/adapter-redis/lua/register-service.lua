-- Adds a service to the namespace's list.
--
-- KEYS
--   1 services hash   serviceName → 1
-- ARGV
--   1 serviceName
-- Reply
--   1

redis.call('HSET', KEYS[1], ARGV[1], 1)
return 1
