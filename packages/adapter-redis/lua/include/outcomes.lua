-- The outcomes of many items, as one text: a list of lists costs its reader several times as much.

-- Keeps a fault in what an item's keys hold, and returns its number. Any other is returned as the reply of the script: were
-- it raised again, the server would put another code before its own.
local function fault_of(problem, faults)
  local text = type(problem) == 'table' and problem.err or problem
  if not (string.find(text, 'WRONGTYPE', 1, true) or string.find(text, 'GARBAGE', 1, true)) then
    return redis.error_reply(text)
  end
  faults[#faults + 1] = redis.error_reply(text)
  return #faults
end

local function outcomes_reply(now, outcomes, faults)
  return { now, cjson.encode(outcomes), unpack(faults) }
end
