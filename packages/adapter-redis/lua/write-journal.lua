-- Adds an entry to a service's journal.
--
-- KEYS
--   1 journal stream  what happened to the service
-- ARGV
--   1 type
--   2 podId           empty for none
--   3 uid             empty for none
--   4 by              empty for none
--   5 rest            JSON object
-- Reply
--   1

-- @include journal

write_journal(KEYS[1], ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5])
return 1
