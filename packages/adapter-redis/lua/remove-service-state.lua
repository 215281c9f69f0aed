-- Removes a pod's entry if it is the one that is meant, and publishes that it is gone.
--
-- KEYS
--   1 words   hash    podId → the state's word, for the older sides
--   2 info    hash    podId → details, JSON; '@since'; '@events'
-- ARGV
--   1 channel
--   2 podId
--   3 incarnation     empty for any
--   4 updateTime      empty for any
-- Reply
--   1 if there was such an entry, else 0

-- @include refuse
-- @include now
-- @include info
local words_key, info_key = KEYS[1], KEYS[2]
local channel, pod, incarnation, update_time = ARGV[1], ARGV[2], ARGV[3], ARGV[4]

local word = redis.call('HGET', words_key, pod)
check_events(info_key)
if incarnation ~= '' or update_time ~= '' then
  local info = read_info(info_key, pod)
  if not info then return 0 end
  if incarnation ~= '' and info.incarnation ~= incarnation then return 0 end
  if update_time ~= '' and info.updateTime ~= tonumber(update_time) then return 0 end
elseif not word and redis.call('HEXISTS', info_key, pod) == 0 then
  -- Without a condition the details are not read: that is how an operator gets rid of unreadable ones.
  return 0
end
redis.call('HDEL', words_key, pod)
redis.call('HDEL', info_key, pod)
publish(info_key, channel, now_ms(), pod, '"info":null')
return 1
