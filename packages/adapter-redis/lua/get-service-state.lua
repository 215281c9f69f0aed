-- Reads all pods of a service at one moment.
--
-- KEYS
--   1 words   hash    podId → the state's word, for the older sides
--   2 info    hash    podId → details, JSON; '@since'; '@events'
-- ARGV
--   none
-- Reply
--   { store time in ms, since when in ms or nil, { podId, details, … }, { podId, word, … } of those without details }

-- @include now
local words_key, info_key = KEYS[1], KEYS[2]

local since = false
local infos, words, has_info = {}, {}, {}
local fields = redis.call('HGETALL', info_key)
for at = 1, #fields, 2 do
  local field = fields[at]
  if field == '@since' then
    since = fields[at + 1]
  elseif field ~= '@events' then
    has_info[field] = true
    infos[#infos + 1] = field
    infos[#infos + 1] = fields[at + 1]
  end
end
fields = redis.call('HGETALL', words_key)
for at = 1, #fields, 2 do
  if not has_info[fields[at]] then
    words[#words + 1] = fields[at]
    words[#words + 1] = fields[at + 1]
  end
end
return { now_ms(), since, infos, words }
