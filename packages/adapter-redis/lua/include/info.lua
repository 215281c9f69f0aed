-- The details of a service's pods: one hash with a field per pod, and two of the service's own, '@since' (store time from
-- which the hash has been kept without a gap) and '@events' (how many events were published).

-- A pod's details; nil where there are none.
local function read_info(info_key, pod)
  local text = redis.call('HGET', info_key, pod)
  if not text then return nil end
  local readable, info = pcall(cjson.decode, text)
  if not readable or type(info) ~= 'table' or type(info.incarnation) ~= 'string' or type(info.seq) ~= 'number'
      or type(info.updateTime) ~= 'number' or type(info.leaseMs) ~= 'number'
      or not tonumber(info.publishedLoad) then
    refuse(info_key, 'no details of pod ' .. pod)
  end
  return info
end

-- The next event's number can be counted: called before the first write.
local function check_events(info_key)
  local events = redis.call('HGET', info_key, '@events')
  if events and not (string.match(events, '^%d+$') and #events < 16) then
    refuse(info_key, 'no count of events')
  end
end

-- Tells the subscribers; content is the JSON of the event's own fields.
local function publish(info_key, channel, now, pod, content)
  local sequence = redis.call('HINCRBY', info_key, '@events', 1)
  redis.call('PUBLISH', channel,
    string.format('{"sequence":%.0f,"storeTime":%.0f,"podId":%s,%s}', sequence, now, pod, content))
end

-- Whether so many pods are silent that none may be taken for dead by its age: of those whose life has not ended at least
-- two, and more than half of them aged between one and three leases. Details that cannot be read are not counted.
local function is_mass_expiry(info_key, now)
  local counted, silent = 0, 0
  for _, text in ipairs(redis.call('HVALS', info_key)) do
    local readable, info = pcall(cjson.decode, text)
    if readable and type(info) == 'table' and type(info.updateTime) == 'number' and type(info.leaseMs) == 'number'
        and info.state ~= 'TERMINATING' and info.state ~= 'FAILED' then
      local age = now - info.updateTime
      counted = counted + 1
      if age > info.leaseMs and age <= 3 * info.leaseMs then silent = silent + 1 end
    end
  end
  return counted >= 2 and silent * 2 > counted
end
