-- Adds a user to an ordinal's roster. The field '{', which is no valid uid, holds the last number. A number is at least the store
-- time in µs, so that numbers still grow after an empty roster was removed.
--
-- KEYS
--   1 roster  hash    uid → '<number>:<incarnation>'; '{' → the last number
-- ARGV
--   1 uid
--   2 incarnation
-- Reply
--   the entry's number

-- @include refuse
local roster_key, uid, incarnation = KEYS[1], ARGV[1], ARGV[2]

local last = redis.call('HGET', roster_key, '{') or '0'
if not string.match(last, '^%d+$') or #last > 16 then refuse(roster_key, 'no last number') end
local number = string.format('%.0f', math.max(tonumber(last) + 1, now_us))
redis.call('HSET', roster_key, uid, number .. ':' .. incarnation, '{', number)
return number
