-- Removes a pod's entry if it is the given one, and publishes that. A state word other than the one in the details was written by
-- an older side: it stays, and is published.
--
-- Without incarnation and updateTime it is an operator's removal: it also removes any word, and the pod's intent and orders. Unless
-- the entry is known to be past its lease, the directory starts again.
--
-- KEYS
--   1 words   hash    podId → the state's word, for the older sides
--   2 info    hash    podId → details as JSON; '@since'; '@quiet'; '@events'
--   3 intents hash    podId → an operator's intent; '<podId>:rate' → users a second of a drain
--   4 orders  list    '<mark> <until> <id> <order as JSON>', oldest first
--   5 journal stream  what happened to the service
-- ARGV
--   1 channel
--   2 podId
--   3 incarnation     empty for any
--   4 updateTime      empty for any
--   5 by              who asks for it; empty if unnamed
-- Reply
--   1 if there was such an entry, else 0

-- @include refuse
-- @include info
-- @include journal
local words_key, info_key, intents_key, orders_key, journal_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local channel, pod, incarnation, update_time, by = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]

local word = redis.call('HGET', words_key, pod)
redis.call('HGET', intents_key, pod)
local kept = nil
check_events(info_key)
check_journal(journal_key)
local is_reset = false
if incarnation ~= '' or update_time ~= '' then
  local info = read_info(info_key, pod)
  if not info then return 0 end
  if incarnation ~= '' and info.incarnation ~= incarnation then return 0 end
  if update_time ~= '' and info.updateTime ~= tonumber(update_time) then return 0 end
  kept = kept_word(info)
else
  -- An operator must be able to remove unreadable details.
  local had_info = redis.call('HEXISTS', info_key, pod) == 1
  local has_since = redis.call('HEXISTS', info_key, '@since') == 1
  local readable, info = pcall(read_info, info_key, pod)
  local over = readable and info and (has_ended(info) or is_past_lease(info, now))
  redis.call('HDEL', intents_key, pod, pod .. ':rate')
  redis.call('DEL', orders_key)
  if not word and not had_info then return 0 end
  is_reset = has_since and not over
  if is_reset then reset_since(info_key, now, false) end
end
redis.call('HDEL', info_key, pod)
local content = '"info":null'
if kept and word and word ~= kept then
  content = content .. ',"word":' .. cjson.encode(word)
else
  redis.call('HDEL', words_key, pod)
end
write_journal(journal_key, 'removed', pod, nil, by)
if is_reset then write_journal(journal_key, 'directory', pod, nil, nil, '{"is":"young"}') end
publish(info_key, channel, now, pod, content)
return 1
