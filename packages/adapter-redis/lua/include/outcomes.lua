-- The outcomes of many items, as one text: a list of lists costs its reader several times as much.

-- Keeps a fault in what an item's keys hold, and returns its number.
local function fault_of(problem, faults)
  local text = type(problem) == 'table' and problem.err or problem
  if not (string.find(text, 'WRONGTYPE', 1, true) or string.find(text, 'GARBAGE', 1, true)) then error(problem, 0) end
  faults[#faults + 1] = redis.error_reply(text)
  return #faults
end

local function outcomes_reply(now, outcomes, faults)
  return { now, cjson.encode(outcomes), unpack(faults) }
end
