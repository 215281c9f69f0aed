-- A link with the token record of its service, and the changes of both.
--
-- Token records:
--   '<token>:<podId>:<reason><leaseMs>:<incarnation>'  of a claim; lease and incarnation may be empty
--   '<token>:::'                                       ended on purpose: the next claim's token is greater
--   '<token>:<podId>:<leaseMs>:<incarnation>', '<token>:<podId>:<incarnation>'  of earlier releases
--
-- A record is that of the link's claim only if both name the same pod: older sides set links without records.
--
-- A reason is a letter: p placed, c claimed, r relinked, t taken over, h handed over, m moved, f forced, s restored. '<at>/<by>/'
-- follows, with by encoded and perhaps empty, unless nobody is named and the time in ms is that of the claim's token.
--
-- The hash of the records has the reason of a temporary link in the field '<serviceName>:why', as '<podId>:<reason><unserved>':
-- unserved is the time in ms since when nobody serves the user, or empty. Without that field it was placed.
--
-- The pin of the user is in the field '<serviceName>:pin', as '<podId>:<at>/<by>/'. The hash does not expire while it has a pin.
--
-- The field '<serviceName>:poison' has the times in ms of the deaths held against the user, as 'd<time>,<time>', or until when the
-- user is quarantined, as 'q<time>'.

local POD_ID_MAX = 2147483647
local TOKEN_MAX = 9007199254740991
local TOKEN_KEPT_SECONDS = 7 * 24 * 60 * 60

-- Reads a link. Reads every key that a change of it writes, so that a wrong type fails the item before the first write.
-- keys: link, token records of the uid, and for a change the claims of the uid.
local function read_link(keys, service_name)
  local link = { key = keys[1], token_key = keys[2], links_key = keys[3], service_name = service_name }
  link.pod, link.ttl_ms = redis.call('GET', link.key), redis.call('PTTL', link.key)
  if link.pod and not (string.match(link.pod, '^%d+$') and tostring(tonumber(link.pod)) == link.pod
      and tonumber(link.pod) <= POD_ID_MAX) then
    refuse(link.key, 'no podId')
  end
  link.claim = link.pod and link.ttl_ms == -1

  local record = redis.call('HGET', link.token_key, service_name)
  if record then
    local token, pod, third, incarnation = string.match(record, '^(%d+):(%d*):([^:]*):(.*)$')
    local reason, lease_ms
    if third then reason, lease_ms = string.match(third, '^(%l%d+/[^/]*/)(%d*)$') end
    if third and not reason then reason, lease_ms = string.match(third, '^([pcrthmfs]?)(%d*)$') end
    if not reason then
      token, pod, incarnation = string.match(record, '^(%d+):(%d*):(.*)$')
      reason, lease_ms = '', ''
    end
    link.kept = tonumber(token)
    if not link.kept or link.kept > TOKEN_MAX then refuse(link.token_key, 'no token') end
    link.owner = pod
    link.owner_incarnation = incarnation
    link.owner_reason = reason ~= '' and reason
    if link.claim and pod == link.pod then
      link.token = link.kept
      link.incarnation = incarnation
      link.lease_ms = lease_ms
      link.reason = link.owner_reason
    end
  end
  if link.links_key or link.pod and not link.claim then
    link.why = redis.call('HGET', link.token_key, service_name .. ':why')
    local pod, reason, unserved = string.match(link.why or '', '^(%d+):(%l%d+/[^/]*/)(%d*)$')
    if pod == link.pod and not link.claim then
      link.reason = reason
      link.unserved = tonumber(unserved)
    end
  end
  if link.links_key then redis.call('HGET', link.links_key, service_name) end
  return link
end

local function pin_field(service_name)
  return service_name .. ':pin'
end

-- Returns the podId, time and name of the user's pin; nil if there is none. One that cannot be read is none.
local function read_pin(link)
  local pin = redis.call('HGET', link.token_key, pin_field(link.service_name))
  if pin then return string.match(pin, '^(%d+):(%d+)/([^/]*)/$') end
end

-- Returns the times of the deaths held against the user, and until when the user is quarantined; nil if he is not.
local function read_poison(link)
  local poison = redis.call('HGET', link.token_key, link.service_name .. ':poison') or ''
  local over_at = tonumber(string.match(poison, '^q(%d+)$'))
  local deaths = {}
  for at in string.gmatch(string.match(poison, '^d([%d,]+)$') or '', '%d+') do deaths[#deaths + 1] = tonumber(at) end
  return deaths, over_at and over_at > now and over_at or nil
end

-- Returns what refuses a placement on `pod`, for a reply: the podId of a pin, or 'q<time>' of a quarantine; nil if nothing does.
-- despite: the pin that the caller ignores, or empty. Must be called before the first write.
local function placement_refused(link, pod, despite)
  local _, over_at = read_poison(link)
  if over_at then return string.format('q%.0f', over_at) end
  local pin = read_pin(link)
  if pin and pin ~= pod and pin ~= despite then return pin end
end

-- Whether the uid has a pin in any service but, perhaps, one.
local function is_pinned(link, but)
  local fields = redis.call('HKEYS', link.token_key)
  for at = 1, #fields do
    if string.sub(fields[at], -4) == ':pin' and fields[at] ~= but then return true end
  end
  return false
end

-- A token as a reply has it: JSON would round so long a number.
local function spelled(token)
  return token and string.format('%.0f', token) or false
end

-- Returns a token greater than all earlier ones of this link, and not below at_least.
local function next_token(link, at_least)
  local token = math.max(now_us, (link.kept or 0) + 1, at_least)
  if token > TOKEN_MAX then refuse(link.token_key, 'the last token there is') end
  return token
end

-- The token, incarnation, lease and reason of a link in force, for a reply.
local function claim_fields(link)
  return spelled(link.token), link.incarnation or false, link.lease_ms or false, link.reason or false
end

-- A reason with its time and name.
local function timed_reason(letter, at, by)
  return string.format('%s%.0f/%s/', letter, at, by)
end

-- Returns the letter, time and name of a reason. token: of its claim.
local function parts_of(reason, token)
  local letter, at, by = string.match(reason, '^(%l)(%d+)/([^/]*)/$')
  if letter then return letter, tonumber(at), by end
  return reason, math.floor(token / 1000), ''
end

-- The reason of a claim with this token, as short as it can be.
local function claims_reason(token, letter, at, by)
  if by == '' and at == math.floor(token / 1000) then return letter end
  return timed_reason(letter, at, by)
end

-- The reason of a pod's claim with this token: that of the link to the same pod that it replaces, if there is one.
local function reason_to_claim(link, pod, token)
  if link.pod ~= pod then return claims_reason(token, 'c', now, '') end
  if link.claim then
    if not link.reason then return claims_reason(token, 'c', now, '') end
    return claims_reason(token, parts_of(link.reason, link.token))
  end
  local letter, _, by = parts_of(link.reason or 'p', 0)
  return claims_reason(token, letter, now, by)
end

local function set_claim(link, pod, token, incarnation, lease_ms, reason)
  redis.call('SET', link.key, pod)
  redis.call('HSET', link.links_key, link.service_name, pod)
  redis.call('HSET', link.token_key, link.service_name,
    table.concat({ spelled(token), pod, reason .. lease_ms, incarnation }, ':'))
  if link.why then redis.call('HDEL', link.token_key, link.service_name .. ':why') end
  redis.call('PERSIST', link.token_key)
end

-- Ends the claim of a link that was removed or became temporary: its record becomes an ended one. The record of a link that was
-- no claim stays: the store may have lost a claim, which its owner asserts. The uid's other claims, and the record's time to live
-- and pins, are read first: while a slot migrates, a script fails half-way if it touches a key that it has removed. why: what to
-- keep of a temporary link, nil for none.
local function end_claim(link, why)
  local others = redis.call('HLEN', link.links_key) - redis.call('HEXISTS', link.links_key, link.service_name)
  local ttl_ms = redis.call('PTTL', link.token_key)
  local expires = others == 0 and (ttl_ms == -1 and not is_pinned(link) or ttl_ms == -2 and why)
  redis.call('HDEL', link.links_key, link.service_name)
  if link.claim and link.kept and link.owner ~= '' then
    redis.call('HSET', link.token_key, link.service_name, spelled(link.kept) .. ':::')
  end
  if why then
    redis.call('HSET', link.token_key, link.service_name .. ':why', why)
  elseif link.why then
    redis.call('HDEL', link.token_key, link.service_name .. ':why')
  end
  if expires then redis.call('EXPIRE', link.token_key, TOKEN_KEPT_SECONDS) end
end

-- reason: of the temporary link, with its time and name; nil if it was placed. unserved: since when nobody serves the user; nil if
-- unknown.
local function set_temporary(link, pod, seconds, reason, unserved)
  redis.call('SET', link.key, pod, 'EX', seconds)
  end_claim(link, reason and string.format('%s:%s%s', pod, reason, unserved and string.format('%.0f', unserved) or ''))
end

-- Makes a link temporary that goes on naming its pod, and keeps its reason.
local function keep_for(link, seconds)
  local reason = link.reason and timed_reason(parts_of(link.reason, link.token))
  set_temporary(link, link.pod, seconds, reason, link.unserved)
end

-- Publishes to the owner that its claim was ended without its token. channel: the pod's own, without the podId.
local function publish_claim_ended(link, channel, uid)
  redis.call('PUBLISH', channel .. link.pod,
    string.format('{"uid":%s,"token":%s}', cjson.encode(uid), spelled(link.token) or 'null'))
end
