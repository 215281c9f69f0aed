-- Gives a pod an order, and publishes that to the pod, unless the list has one with its id. Before that, waiting orders that are past
-- their time end as expired, and ended ones that are past it are forgotten.
--
-- KEYS
--   1 orders  list    '<mark> <until> <id> <order as JSON>', oldest first
--   2 journal stream  what happened to the service
-- ARGV
--   1 channel         the pod's own
--   2 podId
--   3 id
--   4 until
--   5 uid             empty for none
--   6 by
--   7 order           JSON
-- Reply
--   1 if the list has the order, 0 if it is full

-- @include refuse
-- @include journal
-- @include orders
local orders_key, journal_key = KEYS[1], KEYS[2]
local channel, pod, id, expires, uid, by, json = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6], ARGV[7]

local orders = read_orders(orders_key)
check_journal(journal_key)
for at = 1, #orders do
  if orders[at].id == id then return 1 end
end

local kept = {}
for at = 1, #orders do
  local order = orders[at]
  local over = order.expires < now
  if over and order.mark == '-' then journal_order_end(journal_key, pod, order, ending('expired')) end
  if over and (order.mark == '-' or order.mark == '=') then
    redis.call('LREM', orders_key, 1, order.text)
  else
    kept[#kept + 1] = order
  end
end
if #kept >= ORDERS_LIMIT then return 0 end

redis.call('RPUSH', orders_key, table.concat({ '-', expires, id, json }, ' '))
kept[#kept + 1] = { expires = tonumber(expires) }
keep_orders(orders_key, kept)
write_journal(journal_key, 'order', pod, uid, by, '{"order":' .. json .. '}')
redis.call('PUBLISH', channel, '{"order":' .. cjson.encode(id) .. '}')
return 1
