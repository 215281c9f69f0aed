-- Fails the item with an error: a key holds a value that breaks the schema. Must be called before the first write.

local function refuse(key, problem)
  error('GARBAGE ' .. key .. ' holds ' .. problem, 0)
end
