-- The details of a service's pods: one hash with a field per pod, and some of the service's own. '@since' is the store time
-- from which the hash has been kept without a gap, '@quiet' the same time where every pod was past its lease before it,
-- '@restored' when a pod found that the store had lost its entry, '@events' how many events were published.

-- A pod's details, and the text of them; nil where there are none.
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

-- The word that was last written beside a pod's details. Details of an earlier release keep none, and were written with the
-- one that core's `podWord` says.
local function kept_word(info)
  if info.word then return info.word end
  if info.state == 'UNKNOWN' or info.state == 'READY' and info.routingState ~= 'READY' then return 'NOT_READY' end
  return info.state
end

-- A pod's details, as they are stored, with another word in front of them.
local function with_word(info_text, word)
  return '{"word":"' .. word .. '",' .. string.sub(string.gsub(info_text, '^{"word":"[^"]*",', '{', 1), 2)
end

-- A time among the service's own fields; nil where there is none.
local function read_time(info_key, field)
  local text = redis.call('HGET', info_key, field)
  if text and not string.match(text, '^%d+$') then refuse(info_key, 'no time in ' .. field) end
  return text and tonumber(text) or nil
end

-- The next event's number can be counted: called before the first write.
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

-- Begins the directory anew; quiet: every pod was past its lease.
local function reset_since(info_key, now, quiet)
  write_time(info_key, '@since', now)
  if quiet then write_time(info_key, '@quiet', now) else redis.call('HDEL', info_key, '@quiet') end
end

-- Tells the subscribers; content is the JSON of the event's own fields.
local function publish(info_key, channel, now, pod, content)
  local sequence = redis.call('HINCRBY', info_key, '@events', 1)
  redis.call('PUBLISH', channel,
    string.format('{"sequence":%.0f,"storeTime":%.0f,"podId":%s,%s}', sequence, now, pod, content))
end
