-- Reads linked pods, all with one MGET. MGET returns nil for a key of a wrong type too, so keys with nil are read again by GET.
--
-- KEYS, for each item
--   1 link    string  the linked podId
-- ARGV, for each item
--   none
-- Reply, for each item
--   the podId or nil

-- @include outcomes
local time = redis.call('TIME')
local pods, faults = redis.call('MGET', unpack(KEYS)), {}
for at = 1, #KEYS do
  if not pods[at] then
    local found = redis.pcall('GET', KEYS[at])
    if type(found) == 'table' then found = fault_of(found, faults) end
    if type(found) == 'table' then return found end
    pods[at] = found
  end
end
return outcomes_reply(time[1] * 1000000 + time[2], pods, faults)
