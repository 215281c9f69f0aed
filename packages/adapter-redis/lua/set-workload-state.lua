-- Stores the state of a service as a whole, with the store's time.
--
-- KEYS
--   1 word    string  the state's word, for the older sides
--   2 info    string  details as JSON
-- ARGV
--   1 word
--   2 report          JSON object
-- Reply
--   1

local word_key, info_key = KEYS[1], KEYS[2]
local word, report_text = ARGV[1], ARGV[2]

redis.call('GET', word_key)
redis.call('GET', info_key)
redis.call('SET', word_key, word)
redis.call('SET', info_key, string.format('{"updateTime":%.0f,', now) .. string.sub(report_text, 2))
return 1
