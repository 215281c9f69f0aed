-- Ends an order, and writes what became of it to the journal.
--
-- KEYS
--   1 orders  list    '<mark> <until> <id> <order as JSON>', oldest first
--   2 journal stream  what happened to the service
-- ARGV
--   1 podId
--   2 id
--   3 report          JSON object
-- Reply
--   1 if there was such an order that had not ended, else 0

-- @include refuse
-- @include journal
-- @include orders
local orders_key, journal_key = KEYS[1], KEYS[2]
local pod, id, report = ARGV[1], ARGV[2], ARGV[3]

local order, place = find_order(read_orders(orders_key), id)
check_journal(journal_key)
if not order then return 0 end
end_order(orders_key, journal_key, pod, order, place, report)
return 1
