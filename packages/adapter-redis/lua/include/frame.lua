-- The frame of every script that is written for one item. It runs the script for each item with that item's KEYS and ARGV.
-- The script finds the server's time as `now` in ms and `now_us` in µs.
--
-- A script that writes gets the deadline of its call as the last argument of an item, in ms of this server's time. Past the
-- deadline nothing is done for the item: a call that has timed out for its caller cannot act later.
--
-- KEYS
--   the items' keys, one item after the other
-- ARGV for one item
--   its arguments, as they are
-- ARGV for many items
--   a word for each argument of an item: '=<value>' where all items have the same value, else '*'
--   the values of the arguments with '*', one item after the other
-- ARGV in the end, for the client's connection
--   '{epoch} <n>': the epoch of the reading on which the items rest, if they rest on one
-- Reply for one item
--   { now, 1, reply }, or { now, 0 } past the deadline; an error ends the script
-- Reply for many items
--   { now, outcomes as JSON, faults… }; an outcome is [reply], 0 past the deadline, or the number of the item's fault.
--   An error that is not about what the item's keys hold ends the script.

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now = math.floor(now_us / 1000)

-- @script-includes
local function script(KEYS, ARGV)
-- @script
end

local key_count, arg_count, writes = @key_count, @arg_count, @writes
if #KEYS == key_count then
  if writes and now > tonumber(ARGV[arg_count]) then return { now, 0 } end
  local done, reply = pcall(script, KEYS, ARGV)
  if done then return { now, 1, reply } end
  -- Raised again, the error would get another code before its own.
  return redis.error_reply(type(reply) == 'table' and reply.err or reply)
end

-- @include outcomes
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
