-- Whether a heartbeat starts the directory again: the rule `sinceReset` of core.

local SUSPECT_AFTER_PERIODS = 2.5
local LONG_DEAD_AFTER_LEASES = 3
local DEFAULT_UPDATE_PERIOD_MS = 30000

-- Whether an entry is older than that of a pod with a heartbeat in each period: one lease less a period, or the age of a suspect
-- pod.
local function is_overdue(info, now)
  local age, period = now - info.updateTime, tonumber(info.updatePeriodMs) or DEFAULT_UPDATE_PERIOD_MS
  return age > math.min(info.leaseMs, math.max(SUSPECT_AFTER_PERIODS * period, info.leaseMs - period))
end

local function is_silent(info, now)
  return is_overdue(info, now) and now - info.updateTime <= LONG_DEAD_AFTER_LEASES * info.leaseMs
end

-- Returns whether the heartbeat resets '@since', and whether every entry was past its lease. Both follow from the entries before
-- the heartbeat; `own` is that of its ordinal, or nil. Scans all pods only if `own` was overdue and the last reset is three
-- leases ago. Unreadable details do not count.
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
