-- Incarnations: '<start>.<id>.<life>'. A text of another form is a run without a start.

local function parse_incarnation(text)
  local start, id, life = string.match(text, '^(%d+)%.([^.]+)%.(%d+)$')
  if not start or #start > 16 or #life > 9 then return { start = 0, id = text, life = 0 } end
  return { start = tonumber(start), id = id, life = tonumber(life) }
end

local function format_incarnation(start, of)
  return string.format('%.0f.%s.%.0f', start, of.id, of.life)
end

-- Compares byte by byte, as '<' follows the server's locale.
local function precedes(a, b)
  for at = 1, math.min(#a, #b) do
    local left, right = string.byte(a, at), string.byte(b, at)
    if left ~= right then return left < right end
  end
  return #a < #b
end

-- Whether the run of `a` started before that of `b`. The two must be different runs.
local function is_earlier_run(a, b)
  if a.start ~= b.start then return a.start < b.start end
  return precedes(a.id, b.id)
end
