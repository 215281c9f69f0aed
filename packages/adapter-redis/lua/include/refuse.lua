-- Ends the script with an error before anything was written: a key holds what nobody who keeps the schema writes.

local function refuse(key, problem)
  error('GARBAGE ' .. key .. ' holds ' .. problem, 0)
end
