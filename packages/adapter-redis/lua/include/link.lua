-- A link with the token record of its service, and the changes of both.
--
-- Token records:
--   '<token>:<podId>:<leaseMs>:<incarnation>'  of a claim; lease and incarnation may be empty
--   '<token>:::'                               ended on purpose: the next claim's token is greater
--   '<token>:<podId>:<incarnation>'            of an earlier release
--
-- A record is that of the link's claim only if both name the same pod: older sides set links without records.

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
    local token, pod, lease_ms, incarnation = string.match(record, '^(%d+):(%d*):(%d*):(.*)$')
    if not token then
      token, pod, incarnation = string.match(record, '^(%d+):(%d*):(.*)$')
      lease_ms = ''
    end
    link.kept = tonumber(token)
    if not link.kept or link.kept > TOKEN_MAX then refuse(link.token_key, 'no token') end
    link.owner = pod
    link.owner_incarnation = incarnation
    if link.claim and pod == link.pod then
      link.token = link.kept
      link.incarnation = incarnation
      link.lease_ms = lease_ms
    end
  end
  if link.links_key then redis.call('HGET', link.links_key, service_name) end
  return link
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

-- The token, incarnation and lease of a claim, for a reply.
local function claim_fields(link)
  return spelled(link.token), link.incarnation or false, link.lease_ms or false
end

local function set_claim(link, pod, token, incarnation, lease_ms)
  redis.call('SET', link.key, pod)
  redis.call('HSET', link.links_key, link.service_name, pod)
  redis.call('HSET', link.token_key, link.service_name,
    table.concat({ spelled(token), pod, lease_ms, incarnation }, ':'))
  redis.call('PERSIST', link.token_key)
end

-- Ends the claim of a link that was removed or became temporary: its record becomes an ended one. The record of a link that was
-- no claim stays: the store may have lost a claim, which its owner asserts. The uid's other claims are counted first: while a
-- slot migrates, a script fails half-way if it touches a key that it has removed.
local function end_claim(link)
  local others = redis.call('HLEN', link.links_key) - redis.call('HEXISTS', link.links_key, link.service_name)
  redis.call('HDEL', link.links_key, link.service_name)
  if link.claim and link.kept and link.owner ~= '' then
    redis.call('HSET', link.token_key, link.service_name, spelled(link.kept) .. ':::')
  end
  if others == 0 and redis.call('PTTL', link.token_key) == -1 then
    redis.call('EXPIRE', link.token_key, TOKEN_KEPT_SECONDS)
  end
end

local function set_temporary(link, pod, seconds)
  redis.call('SET', link.key, pod, 'EX', seconds)
  end_claim(link)
end

-- Publishes to the owner that its claim was ended without its token. channel: the pod's own, without the podId.
local function publish_claim_ended(link, channel, uid)
  redis.call('PUBLISH', channel .. link.pod,
    string.format('{"uid":%s,"token":%s}', cjson.encode(uid), spelled(link.token) or 'null'))
end
