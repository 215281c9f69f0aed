-- What stands around every script about items. It runs for each item with the KEYS and ARGV of that item alone. Where what an
-- item's keys hold is at fault, the item fails and no other; any other fault is the server's, and ends the script.
--
-- Where it writes, an item's ARGV ends with the deadline of its call, in ms of this server's time. Past it nothing is done
-- for the item: a call that has timed out for its caller cannot act later.
--
-- KEYS are the items', one after the other. ARGV begins with a word for each argument of an item: '=' and its value where
-- all items have the same, else '*'; the values that differ follow, item by item. What may follow those is for the client's
-- connection: '@epoch <n>', that of the reading on which the items rest.
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
local keys, args, differing = {}, {}, {}
for at = 1, arg_count do
  if ARGV[at] == '*' then
    differing[#differing + 1] = at
  else
    args[at] = string.sub(ARGV[at], 2)
  end
end
local keys_read, args_read = 0, arg_count
local outcomes, faults = {}, {}
for item = 1, #KEYS / key_count do
  for at = 1, key_count do keys[at] = KEYS[keys_read + at] end
  for at = 1, #differing do args[differing[at]] = ARGV[args_read + at] end
  keys_read, args_read = keys_read + key_count, args_read + #differing
  if writes and now > tonumber(args[arg_count]) then
    outcomes[item] = 0
  else
    local done, reply = pcall(script, keys, args)
    local outcome = done and { reply } or fault_of(reply, faults)
    if not done and type(outcome) == 'table' then return outcome end
    outcomes[item] = outcome
  end
end
return outcomes_reply(now, outcomes, faults)
