-- The frame of every script that is written for one item. It runs the script for each item with that item's KEYS and ARGV.
-- The script finds the server's time as `now` in ms and `now_us` in µs.
--
-- A script may have a part before it for the usual case, between '-- @usual' and '-- @else'. It returns the number of a usual
-- outcome, whose reply follows from the arguments, or nothing: then the script itself runs. It must not fail after a write.
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
--   now_us for the first usual outcome, { now_us, 1 + n } for the n-th; else { now_us, 1, reply }, or { now_us, 0 } past the deadline.
--   An error ends the script.
-- Reply for many items
--   as for one item if all have the same usual outcome, else { now_us, outcomes as JSON, faults… }. An outcome is [reply], -n for the
--   n-th usual outcome, 0 past the deadline, or the number of the item's fault. An error that is not about what the item's keys hold
--   ends the script.

local time = redis.call('TIME')
local now_us = time[1] * 1000000 + time[2]
local now = math.floor(now_us / 1000)

local key_count, arg_count, writes = @key_count, @arg_count, @writes
-- @usual
if #KEYS == key_count then
  if writes and now > tonumber(ARGV[arg_count]) then return { now_us, 0 } end
  local nth = usual and usual(KEYS, ARGV)
  if nth then return nth == 1 and now_us or { now_us, 1 + nth } end
end

-- @script-includes
local function script(KEYS, ARGV)
-- @script
end

if #KEYS == key_count then
  local done, reply = pcall(script, KEYS, ARGV)
  if done then return { now_us, 1, reply } end
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
local outcomes, faults, same = {}, {}, true
for item = 1, #KEYS / key_count do
  for at = 1, key_count do keys[at] = KEYS[keys_read + at] end
  for at = 1, #differing do args[differing[at]] = ARGV[args_read + at] end
  keys_read, args_read = keys_read + key_count, args_read + #differing
  local outcome
  if writes and now > tonumber(args[arg_count]) then
    outcome = 0
  else
    local nth = usual and usual(keys, args)
    if nth then
      outcome = -nth
    else
      local done, reply = pcall(script, keys, args)
      outcome = done and { reply } or fault_of(reply, faults)
      if not done and type(outcome) == 'table' then return outcome end
    end
  end
  outcomes[item] = outcome
  same = same and outcome == outcomes[1]
end
local first = outcomes[1]
if same and type(first) == 'number' and first < 0 then return first == -1 and now_us or { now_us, 1 - first } end
return outcomes_reply(now_us, outcomes, faults)
