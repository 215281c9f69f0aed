-- Removes a user's entry from an ordinal's roster if it has the given number. With the last entry the roster is removed.
--
-- KEYS
--   1 roster  hash    uid → '<number>:<incarnation>'; '{' → the last number
-- ARGV
--   1 uid
--   2 number
-- Reply
--   1 if there was such an entry, else 0

local roster_key, uid, number = KEYS[1], ARGV[1], ARGV[2]

local entry = redis.call('HGET', roster_key, uid)
if not entry or string.match(entry, '^%d+') ~= number then return 0 end
if redis.call('HLEN', roster_key) == 2 then
  redis.call('HDEL', roster_key, uid, '{')
else
  redis.call('HDEL', roster_key, uid)
end
return 1
