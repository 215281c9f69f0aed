-- Ends the lease of a pod's incarnation, whose process is known to have ended, and publishes that. An entry that has ended stays as
-- it is. A state word other than the one in the details was written by an older side: it stays.
--
-- KEYS
--   1 words   hash    podId → the state's word, for the older sides
--   2 info    hash    podId → details as JSON; '@events'
--   3 journal stream  what happened to the service
-- ARGV
--   1 channel
--   2 podId
--   3 incarnation
--   4 by              who asks for it; empty if unnamed
-- Reply
--   { 'OK', had an entry 0|1 }
--   { 'FENCED', the entry's incarnation, if it is another one }

-- @include refuse
-- @include info
-- @include incarnation
-- @include journal
local words_key, info_key, journal_key = KEYS[1], KEYS[2], KEYS[3]
local channel, pod, incarnation, by = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local info, text = read_info(info_key, pod)
local word = redis.call('HGET', words_key, pod)
check_events(info_key)
check_journal(journal_key)
if not info then return { 'OK', 0 } end
local own, met = parse_incarnation(incarnation), parse_incarnation(info.incarnation)
if own.id ~= met.id or own.life ~= met.life then return { 'FENCED', info.incarnation } end
if has_ended(info) then return { 'OK', 1 } end

local is_own_word = word == kept_word(info)
local dead = with_word(text, is_own_word and 'FAILED' or kept_word(info))
dead = string.gsub(dead, '^({"word":"[^"]*",)', '%1"dead":true,', 1)
dead = string.gsub(dead, '"state":"[^"]*"', '"state":"FAILED"', 1)
if cjson.decode(dead).state ~= 'FAILED' then refuse(info_key, 'no details of pod ' .. pod) end
if is_own_word then redis.call('HSET', words_key, pod, 'FAILED') end
redis.call('HSET', info_key, pod, dead)
write_journal(journal_key, 'dead', pod, nil, by, '{"incarnation":' .. cjson.encode(info.incarnation) .. '}')
publish(info_key, channel, now, pod, '"info":' .. dead)
return { 'OK', 1 }
