-- Marks an order as taken by a process of its pod. One that is past its time ends as expired; one that an earlier process has taken
-- ends as interrupted.
--
-- KEYS
--   1 orders  list    '<mark> <until> <id> <order as JSON>', oldest first
--   2 journal stream  what happened to the service
-- ARGV
--   1 podId
--   2 id
--   3 incarnation
-- Reply
--   1 if the process has the order, else 0

-- @include refuse
-- @include incarnation
-- @include journal
-- @include orders
local orders_key, journal_key = KEYS[1], KEYS[2]
local pod, id, incarnation = ARGV[1], ARGV[2], ARGV[3]

local order, place = find_order(read_orders(orders_key), id)
check_journal(journal_key)
if not order then return 0 end
if order.mark ~= '-' then
  local own, taker = parse_incarnation(incarnation), parse_incarnation(order.mark)
  if own.id == taker.id then return 1 end
  if is_earlier_run(taker, own) then
    end_order(orders_key, journal_key, pod, order, place, ending('interrupted'))
  end
  return 0
end
if order.expires < now then
  end_order(orders_key, journal_key, pod, order, place, ending('expired'))
  return 0
end
mark_order(orders_key, order, place, incarnation)
return 1
