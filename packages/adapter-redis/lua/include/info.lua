-- The details of a service's pods: one hash with a field for each pod, and these fields of the service:
--   '@since'     the store time since when the hash has been kept without a gap
--   '@quiet'     the same time, if every pod was past its lease before it
--   '@restored'  the store time at which a pod found that the store had lost its entry
--   '@guard'     '1' while the mass-expiry guard is active, as the leading pod reported it
--   '@events'    the number of events published

-- Returns a pod's details and their text; nil if there are none.
local function read_info(info_key, pod)
  local text = redis.call('HGET', info_key, pod)
  if not text then return nil end
  local readable, info = pcall(cjson.decode, text)
  if not readable or type(info) ~= 'table' or type(info.incarnation) ~= 'string' or type(info.seq) ~= 'number'
      or type(info.updateTime) ~= 'number' or type(info.leaseMs) ~= 'number'
      or not tonumber(info.publishedLoad) then
    refuse(info_key, 'no details of pod ' .. pod)
  end
  return info, text
end

-- Returns the state word that was written with a pod's details. Details of an earlier release hold none: theirs follows from
-- core's `podWord`.
local function kept_word(info)
  if info.word then return info.word end
  if info.state == 'UNKNOWN' or info.state == 'READY' and info.routingState ~= 'READY' then return 'NOT_READY' end
  return info.state
end

-- Returns the text of a pod's details with another word in front.
local function with_word(info_text, word)
  return '{"word":"' .. word .. '",' .. string.sub(string.gsub(info_text, '^{"word":"[^"]*",', '{', 1), 2)
end

-- Returns a time of the service; nil if there is none.
local function read_time(info_key, field)
  local text = redis.call('HGET', info_key, field)
  if text and not string.match(text, '^%d+$') then refuse(info_key, 'no time in ' .. field) end
  return text and tonumber(text) or nil
end

-- Checks that the next event can be numbered. Must be called before the first write.
local function check_events(info_key)
  local events = redis.call('HGET', info_key, '@events')
  if events and not (string.match(events, '^%d+$') and #events < 16) then
    refuse(info_key, 'no count of events')
  end
end

local function has_ended(info)
  return info.state == 'TERMINATING' or info.state == 'FAILED'
end

local function is_past_lease(info, now)
  return now - info.updateTime > info.leaseMs
end

local function write_time(info_key, field, now)
  redis.call('HSET', info_key, field, string.format('%.0f', now))
end

-- Starts the directory again as a young one. quiet: every pod was past its lease.
local function reset_since(info_key, now, quiet)
  write_time(info_key, '@since', now)
  if quiet then write_time(info_key, '@quiet', now) else redis.call('HDEL', info_key, '@quiet') end
end

-- Publishes an event. content: the JSON of its own fields, without braces.
local function publish(info_key, channel, now, pod, content)
  local sequence = redis.call('HINCRBY', info_key, '@events', 1)
  redis.call('PUBLISH', channel,
    string.format('{"sequence":%.0f,"storeTime":%.0f,"podId":%s,%s}', sequence, now, pod, content))
end
