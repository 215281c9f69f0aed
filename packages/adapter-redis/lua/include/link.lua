-- One link with the token record of its service, and its changes.
--
-- A token record is '<token>:<podId>:<leaseMs>:<incarnation>'; lease and incarnation are empty where the claim named none. An
-- ended record is '<token>:::': its claim was ended on purpose, and its token stays as the floor of the next one. Records
-- of an earlier release have no lease: '<token>:<podId>:<incarnation>'.
--
-- A claim's token counts only where the record names the pod that the link names: the older sides set links without
-- knowing of records.

local POD_ID_MAX = 2147483647
local TOKEN_MAX = 9007199254740991
local TOKEN_KEPT_SECONDS = 7 * 24 * 60 * 60

-- Reads every key that a change of the link writes, so that one of a wrong type ends the script before the first write.
-- keys: the link's, the uid's token records', and the uid's claims' unless it is only read.
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

-- A token as it is told: JSON would round a number so long.
local function spelled(token)
  return token and string.format('%.0f', token) or false
end

-- A token greater than every one of this link before it.
local function next_token(link, at_least)
  local token = math.max(now_us, (link.kept or 0) + 1, at_least)
  if token > TOKEN_MAX then refuse(link.token_key, 'the last token there is') end
  return token
end

-- What a claim is told as: its token, incarnation and lease.
local function told(link)
  return spelled(link.token), link.incarnation or false, link.lease_ms or false
end

local function set_claim(link, pod, token, incarnation, lease_ms)
  redis.call('SET', link.key, pod)
  redis.call('HSET', link.links_key, link.service_name, pod)
  redis.call('HSET', link.token_key, link.service_name,
    table.concat({ spelled(token), pod, lease_ms, incarnation }, ':'))
  redis.call('PERSIST', link.token_key)
end

-- After a link was removed or became temporary: if it was a claim, its record loses its owner. Else the record is left: a
-- claim that the store lost is put back by its owner. While a slot moves to another server a script that touches a key it
-- has removed fails half-way: the uid's other claims are counted before.
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

-- Tells the pod whose claim was ended without its token; the channel's name ends with the podId.
local function publish_claim_ended(link, channel, uid)
  redis.call('PUBLISH', channel .. link.pod,
    string.format('{"uid":%s,"token":%s}', cjson.encode(uid), spelled(link.token) or 'null'))
end
