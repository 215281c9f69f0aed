-- Stores a pod's heartbeat with the store's time, and publishes a change.
--
-- The entry belongs to the later of two runs, within a run to the later life, within a life to the greater seq. A heartbeat of an
-- earlier run or life is fenced. Exception: if the first heartbeat of a run meets an entry that has ended or is past its lease,
-- the run's start is raised above that of the entry. A heartbeat that arrives late changes nothing. A life that was reported dead
-- is fenced, unless the heartbeat ends it.
--
-- No heartbeat fails for the orders or the journal: what is wrong with them is in the reply.
--
-- KEYS
--   1 words   hash    podId → the state's word, for the older sides
--   2 info    hash    podId → details as JSON; '@since'; '@quiet'; '@restored'; '@guard'; '@events'
--   3 intents hash    podId → an operator's intent; '<podId>:rate' → users a second of a drain
--   4 orders  list    '<mark> <until> <id> <order as JSON>', oldest first
--   5 journal stream  what happened to the service
-- ARGV
--   1 channel
--   2 podId
--   3 word
--   4 incarnation
--   5 beatenBefore    0|1
--   6 loadState       as the report spells it
--   7 loadChangeThreshold  empty for the default: 10 % of the last published load, at least 1
--   8 report          JSON object, without the incarnation
--   9 guard           0|1: whether the mass-expiry guard is active; empty if the pod does not lead
-- Reply
--   { 'OK', incarnation as stored, intent or nil, had an entry 0|1,
--     its incarnation or nil, its updateTime or nil, '@since', '@restored' or nil, rate of a drain or nil,
--     a list of orders as JSON or nil, what is wrong with the orders or the journal or nil }
--   { 'FENCED', incarnation that was met, what is wrong with the journal or nil }

-- @include refuse
-- @include info
-- @include since
-- @include incarnation
-- @include journal
-- @include orders
local words_key, info_key, intents_key, orders_key, journal_key = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local channel, pod, word, incarnation, beaten_before = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1'
local load_text, threshold_text, report_text, guard = ARGV[6], ARGV[7], ARGV[8], ARGV[9]

local report = cjson.decode(report_text)
local previous = read_info(info_key, pod)
local had_word = redis.call('HEXISTS', words_key, pod)
local since, restored = read_time(info_key, '@since'), read_time(info_key, '@restored')
check_events(info_key)
local intent = redis.call('HGET', intents_key, pod)
local rate = intent == 'drain' and redis.call('HGET', intents_key, pod .. ':rate')

local problem = false

local function words_of(failure)
  return type(failure) == 'table' and failure.err or failure
end

local function journal(kind, fields)
  local written, failure = pcall(write_journal, journal_key, kind, pod, nil, nil, fields)
  if not written then problem = words_of(failure) end
end

-- The first orders that have not ended.
local function waiting_orders()
  local readable, orders = pcall(read_orders, orders_key)
  if not readable then
    problem = words_of(orders)
    return false
  end
  local waiting = {}
  for at = 1, #orders do
    if orders[at].mark ~= '=' and #waiting < ORDERS_REPLIED then waiting[#waiting + 1] = orders[at].json end
  end
  return #waiting > 0 and waiting
end

local function fenced(met)
  journal('fenced', string.format('{"incarnation":%s,"met":%s}', cjson.encode(incarnation), cjson.encode(met)))
  return { 'FENCED', met, problem }
end

local function reply(stored)
  local entry = { had_word, false, false }
  if previous then entry = { 1, previous.incarnation, previous.updateTime } end
  local orders = waiting_orders()
  return {
    'OK', stored, intent, entry[1], entry[2], entry[3], since or false, restored or false, rate, orders, problem
  }
end

local own = parse_incarnation(incarnation)
local start = own.start
if previous then
  local met = parse_incarnation(previous.incarnation)
  if met.id == own.id then
    local reported = own.life == met.life and previous.dead and not has_ended(report)
    if own.life < met.life or reported then return fenced(previous.incarnation) end
    if own.life == met.life and report.seq <= previous.seq then return reply(previous.incarnation) end
    start = math.max(start, met.start)
  elseif not beaten_before and (has_ended(previous) or is_past_lease(previous, now)) then
    start = math.max(start, met.start + 1)
  elseif is_earlier_run(own, met) then
    return fenced(previous.incarnation)
  end
end
if start ~= own.start then incarnation = format_incarnation(start, own) end

local change
if not previous or parse_incarnation(previous.incarnation).id ~= own.id then
  change = beaten_before and 'state' or 'started'
elseif parse_incarnation(previous.incarnation).life ~= own.life then
  change = 'returned'
elseif previous.state ~= report.state or previous.routingState ~= report.routingState then
  change = 'state'
end

local young = not since or now - since <= report.leaseMs
local finds_loss = beaten_before and not previous and young and not (since and restored)
local resets, quiet = since_reset(info_key, pod, previous, since, now)

local load = tonumber(load_text)
local published_text = load_text
local changed = true
if previous then
  local published = tonumber(previous.publishedLoad)
  local threshold = tonumber(threshold_text) or math.max(1, published / 10)
  changed = previous.incarnation ~= incarnation
    or previous.state ~= report.state
    or previous.routingState ~= report.routingState
    or previous.address ~= report.address
    or previous.healing ~= report.healing
    or math.abs(load - published) > threshold
  if not changed then published_text = previous.publishedLoad end
end

-- The report's text is stored as it is: encoding its numbers again would round them.
local info = string.format('{"word":"%s","updateTime":%.0f,"publishedLoad":"%s","incarnation":%s,',
  word, now, published_text, cjson.encode(incarnation)) .. string.sub(report_text, 2)
redis.call('HSET', words_key, pod, word)
redis.call('HSET', info_key, pod, info)
if resets then
  reset_since(info_key, now, quiet)
  since = now
end
if finds_loss then
  write_time(info_key, '@restored', now)
  restored = now
end
local was_guarded = guard ~= '' and redis.call('HEXISTS', info_key, '@guard') == 1
if guard == '1' and not was_guarded then redis.call('HSET', info_key, '@guard', '1') end
if guard == '0' and was_guarded then redis.call('HDEL', info_key, '@guard') end

if change then
  local users = change == 'state' and report.users and string.format(',"users":%.0f', report.users) or ''
  journal(change, string.format('{"incarnation":%s,"state":"%s","routingState":"%s"%s}',
    cjson.encode(incarnation), report.state, report.routingState, users))
end
if finds_loss then journal('directory', '{"is":"restored"}') end
if resets then journal('directory', quiet and '{"is":"quiet"}' or '{"is":"young"}') end
if guard ~= '' and was_guarded ~= (guard == '1') then
  journal('guard', '{"active":' .. (was_guarded and 'false' or 'true') .. '}')
end
if changed then publish(info_key, channel, now, pod, '"info":' .. info) end
return reply(incarnation)
