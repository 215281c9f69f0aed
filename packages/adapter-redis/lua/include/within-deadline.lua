-- What stands around every script that writes and is not about items; each.lua stands around those. ARGV ends with the
-- call's deadline, in ms of this server's time. Past it the script does nothing: a call that has timed out for its caller
-- cannot act later.
--
-- Reply
--   { store time in ms, 0 }             past the deadline
--   { store time in ms, 1, the reply }  else

local function script()
-- @script
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(table.remove(ARGV)) then return { now, 0 } end
return { now, 1, script() }
