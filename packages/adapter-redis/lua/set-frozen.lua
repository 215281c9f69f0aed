-- Stops the evening out of a service's fleet, or lets it go on. A change is in the journal.
--
-- KEYS
--   1 intents hash    podId → an operator's intent; '@frozen' → '<at>/<by>/' while the evening out is stopped
--   2 journal stream  what happened to the service
-- ARGV
--   1 frozen          0|1
--   2 encodedBy       who asks for it, encoded; empty if unnamed
--   3 by              the same, as it is
-- Reply
--   1 if that changed something, else 0

-- @include journal
local intents_key, journal_key = KEYS[1], KEYS[2]
local frozen, encoded_by, by = ARGV[1] == '1', ARGV[2], ARGV[3]

local was_frozen = redis.call('HEXISTS', intents_key, '@frozen') == 1
check_journal(journal_key)
if frozen == was_frozen then return 0 end
if frozen then
  redis.call('HSET', intents_key, '@frozen', string.format('%.0f/%s/', now, encoded_by))
else
  redis.call('HDEL', intents_key, '@frozen')
end
write_journal(journal_key, frozen and 'frozen' or 'unfrozen', nil, nil, by)
return 1
