-- Writes the state word of a silent pod, for older sides, if the pod's entry is the given one and its word is the one in its
-- details. Publishes nothing: readers of the details see no change.
--
-- KEYS
--   1 words   hash    podId → the state's word, for the older sides
--   2 info    hash    podId → details as JSON
-- ARGV
--   1 podId
--   2 word
--   3 incarnation
--   4 updateTime
-- Reply
--   1 if it was written, else 0

-- @include refuse
-- @include info
local words_key, info_key = KEYS[1], KEYS[2]
local pod, word, incarnation, update_time = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local info, text = read_info(info_key, pod)
local stands = redis.call('HGET', words_key, pod)
if not info or info.incarnation ~= incarnation or info.updateTime ~= tonumber(update_time) then return 0 end
if stands ~= kept_word(info) then return 0 end
redis.call('HSET', words_key, pod, word)
redis.call('HSET', info_key, pod, with_word(text, word))
return 1
