-- Stores a pod's heartbeat with the store's time, and publishes a change.
--
-- A beat of another incarnation than the stored one, or an earlier one of the same, is fenced; a first beat takes over.
-- The same beat come again changes nothing. A pod that finds its own entry past its lease, or comes back while most pods
-- are silent, makes the directory young again, so that nobody is judged by ages from before the gap.
--
-- KEYS
--   1 words   hash    podId → the state's word, for the older sides
--   2 info    hash    podId → details, JSON; '@since'; '@events'
--   3 intents hash    podId → an operator's wish
-- ARGV
--   1 channel
--   2 podId
--   3 word
--   4 first           0|1
--   5 loadState       as the report spells it
--   6 loadChangeThreshold  empty for the default: 10 % of the last published load, at least 1
--   7 report          JSON object, with incarnation and seq
-- Reply
--   { 'OK' or 'FENCED', store time in ms, intent or nil, had an entry 0|1, its incarnation or nil, its updateTime or nil }

-- @include refuse
-- @include now
-- @include info
local words_key, info_key, intents_key = KEYS[1], KEYS[2], KEYS[3]
local channel, pod, word, first = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local load_text, threshold_text, report_text = ARGV[5], ARGV[6], ARGV[7]

local report = cjson.decode(report_text)
local now = now_ms()
local previous = read_info(info_key, pod)
local had_word = redis.call('HEXISTS', words_key, pod)
local since = redis.call('HGET', info_key, '@since')
if since and not tonumber(since) then refuse(info_key, 'no time in @since') end
check_events(info_key)
local intent = redis.call('HGET', intents_key, pod)
if intent and intent ~= 'drain' and intent ~= 'resume' then refuse(intents_key, 'no intent') end

local function reply(status)
  if not previous then return { status, now, intent, had_word, false, false } end
  return { status, now, intent, 1, previous.incarnation, previous.updateTime }
end

local same_life = previous and previous.incarnation == report.incarnation
if same_life and report.seq == previous.seq then return reply('OK') end
if same_life and report.seq < previous.seq then return reply('FENCED') end
if previous and not same_life and not first then return reply('FENCED') end

-- A life that goes on after a silence longer than its lease shows that others may be believed dead wrongly as well. One
-- that comes anew while too many are silent gives those still on their way back a lease's time; looking at all pods costs
-- what they are many, so a life that simply goes on does not, and neither does a directory that is young already.
local rejuvenates
if not since then
  rejuvenates = true
elseif same_life then
  rejuvenates = now - previous.updateTime > previous.leaseMs
else
  rejuvenates = now - since > report.leaseMs and is_mass_expiry(info_key, now)
end

local load = tonumber(load_text)
local published_text = load_text
local changed = true
if previous then
  local published = tonumber(previous.publishedLoad)
  local threshold = tonumber(threshold_text) or math.max(1, published / 10)
  changed = not same_life
    or previous.state ~= report.state
    or previous.routingState ~= report.routingState
    or previous.address ~= report.address
    or math.abs(load - published) > threshold
  if not changed then published_text = previous.publishedLoad end
end

-- The report's numbers are passed on as they were spelled: encoding them again would round them.
local info = string.format('{"updateTime":%.0f,"publishedLoad":"%s",', now, published_text) .. string.sub(report_text, 2)
redis.call('HSET', words_key, pod, word)
redis.call('HSET', info_key, pod, info)
if rejuvenates then redis.call('HSET', info_key, '@since', string.format('%.0f', now)) end
if changed then publish(info_key, channel, now, pod, '"info":' .. info) end
return reply('OK')
