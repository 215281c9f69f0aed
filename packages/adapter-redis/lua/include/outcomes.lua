-- The reply about many items. Their outcomes are one JSON text: a client takes several times as long to parse a list of lists.

-- Adds an error about what an item's keys hold to the faults, and returns its number. Any other error is returned as a reply:
-- raised again, it would get another code before its own.
local function fault_of(problem, faults)
  local text = type(problem) == 'table' and problem.err or problem
  if not (string.find(text, 'WRONGTYPE', 1, true) or string.find(text, 'GARBAGE', 1, true)) then
    return redis.error_reply(text)
  end
  faults[#faults + 1] = redis.error_reply(text)
  return #faults
end

local function outcomes_reply(now_us, outcomes, faults)
  return { now_us, cjson.encode(outcomes), unpack(faults) }
end
