-- Whether a heartbeat begins the directory anew: the rule `sinceReset` of core.

local SUSPECT_AFTER_PERIODS = 2.5
local LONG_DEAD_AFTER_LEASES = 3
local DEFAULT_UPDATE_PERIOD_MS = 30000

-- Older than a pod gets that beats: one lease less a period, or what makes it suspect.
local function is_overdue(info, now)
  local age, period = now - info.updateTime, tonumber(info.updatePeriodMs) or DEFAULT_UPDATE_PERIOD_MS
  return age > math.min(info.leaseMs, math.max(SUSPECT_AFTER_PERIODS * period, info.leaseMs - period))
end

local function is_silent(info, now)
  return is_overdue(info, now) and now - info.updateTime <= LONG_DEAD_AFTER_LEASES * info.leaseMs
end

-- Judged by the entries before the heartbeat; `own` is the ordinal's own, or nil. Returns whether it resets '@since', and
-- whether every entry was past its lease. Looks at all pods only where its own was overdue and the last reset is three leases
-- ago. Details that cannot be read do not count.
local function since_reset(info_key, pod, own, since, now)
  if not since then return true, false end
  if not own or has_ended(own) or not is_overdue(own, now) then return false, false end
  if now - since <= LONG_DEAD_AFTER_LEASES * own.leaseMs then return false, false end
  local others, silent, past = 0, 0, 0
  local fields = redis.call('HGETALL', info_key)
  for at = 1, #fields, 2 do
    local readable, info = pcall(cjson.decode, fields[at + 1])
    if fields[at] ~= pod and readable and type(info) == 'table' and type(info.updateTime) == 'number'
        and type(info.leaseMs) == 'number' and not has_ended(info) then
      others = others + 1
      if is_silent(info, now) then silent = silent + 1 end
      if is_past_lease(info, now) then past = past + 1 end
    end
  end
  local quiet = past == others and is_past_lease(own, now)
  return quiet or silent * 2 >= others, quiet
end
