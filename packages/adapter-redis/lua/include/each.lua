-- What stands around every script about items. It runs for each item with the KEYS and ARGV of that item alone. Where what an
-- item's keys hold is at fault, the item fails and no other; any other fault is the server's, and ends the script.
--
-- Where it writes, an item's ARGV ends with the deadline of its call, in ms of this server's time. Past it nothing is done
-- for the item: a call that has timed out for its caller cannot act later.
--
-- Reply
--   { store time in ms, the items' outcomes as JSON, their faults }; an outcome is [reply], 0 past the deadline, or the
--   number of its fault

-- @include outcomes
-- @script-includes
local function script(KEYS, ARGV)
-- @script
end

local key_count, arg_count, writes = @key_count, @arg_count, @writes
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local outcomes, faults = {}, {}
for at = 1, #KEYS / key_count do
  local keys_before, args_before = (at - 1) * key_count, (at - 1) * arg_count
  if writes and now > tonumber(ARGV[args_before + arg_count]) then
    outcomes[at] = 0
  else
    local keys = { unpack(KEYS, keys_before + 1, keys_before + key_count) }
    local args = { unpack(ARGV, args_before + 1, args_before + arg_count) }
    local done, reply = pcall(script, keys, args)
    outcomes[at] = done and { reply } or fault_of(reply, faults)
  end
end
return outcomes_reply(now, outcomes, faults)
