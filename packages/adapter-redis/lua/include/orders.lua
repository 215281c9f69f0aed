-- The orders of one pod: a list, oldest first, of '<mark> <until> <id> <order as JSON>'. The mark is
--   '-'             it waits
--   an incarnation  that process has taken it
--   '='             it has ended; kept until its `until`, so that it is not done again

local ORDERS_LIMIT = 1000
local ORDERS_REPLIED = 100
local ORDERS_KEPT_SECONDS = 24 * 60 * 60

-- Returns the orders in the list's order: { text, mark, expires, id, json }.
local function read_orders(orders_key)
  local orders = redis.call('LRANGE', orders_key, 0, -1)
  for at = 1, #orders do
    local mark, expires, id, json = string.match(orders[at], '^(%S+) (%d+) (%S+) (.*)$')
    if not mark then refuse(orders_key, 'no order') end
    orders[at] = { text = orders[at], mark = mark, expires = tonumber(expires), id = id, json = json }
  end
  return orders
end

-- Returns the order with this id that has not ended, and its place from 0; nil if there is none.
local function find_order(orders, id)
  for at = 1, #orders do
    if orders[at].id == id and orders[at].mark ~= '=' then return orders[at], at - 1 end
  end
end

-- The list lives a day longer than its last order can be taken.
local function keep_orders(orders_key, orders)
  local last = now
  for at = 1, #orders do last = math.max(last, orders[at].expires) end
  redis.call('EXPIRE', orders_key, string.format('%.0f', math.ceil((last - now) / 1000) + ORDERS_KEPT_SECONDS))
end

local function mark_order(orders_key, order, place, mark)
  redis.call('LSET', orders_key, place, string.format('%s %.0f %s %s', mark, order.expires, order.id, order.json))
end

-- Writes to the journal what became of an order. report: JSON of the outcome.
local function journal_order_end(journal_key, pod, order, report)
  local fields = cjson.decode(order.json)
  write_journal(journal_key, 'order-ended', pod, fields.uid, fields.by,
    '{"orderId":' .. cjson.encode(order.id) .. ',' .. string.sub(report, 2))
end

local function end_order(orders_key, journal_key, pod, order, place, report)
  mark_order(orders_key, order, place, '=')
  journal_order_end(journal_key, pod, order, report)
end

local function ending(outcome)
  return '{"outcome":"' .. outcome .. '","moved":0}'
end
