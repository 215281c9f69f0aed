-- One link with the token record of its service, and its changes.
--
-- The including script names its keys: link_key, links_key (only where it writes), token_key, and service_name.
-- A token record is '<token>:<podId>:<incarnation>'; podId and incarnation are empty when its claim has ended, so that
-- the last token stays as the floor of the next one.
--
-- A claim's token counts only where the record names the pod that the link names: the older sides set links without
-- knowing of records.

local POD_ID_MAX = 2147483647
local TOKEN_MAX = 9007199254740991
local TOKEN_KEPT_SECONDS = 7 * 24 * 60 * 60

-- Reads every key that a change of the link writes, so that one of a wrong type ends the script before the first write.
local function read_link(link_key, token_key, service_name)
  local link = { pod = redis.call('GET', link_key), ttl_ms = redis.call('PTTL', link_key) }
  if link.pod and not (string.match(link.pod, '^%d+$') and tostring(tonumber(link.pod)) == link.pod
      and tonumber(link.pod) <= POD_ID_MAX) then
    refuse(link_key, 'no podId')
  end
  link.claim = link.pod and link.ttl_ms == -1

  local record = redis.call('HGET', token_key, service_name)
  if record then
    local token, pod, incarnation = string.match(record, '^(%d+):(%d*):(.*)$')
    link.kept = tonumber(token)
    if not link.kept or link.kept > TOKEN_MAX then refuse(token_key, 'no token') end
    link.owner = pod
    link.owner_incarnation = incarnation
    if link.claim and pod == link.pod then
      link.token = link.kept
      link.incarnation = incarnation
    end
  end
  return link
end

-- A token greater than every one of this link before it.
local function next_token(link, token_key, at_least)
  local time = redis.call('TIME')
  local now_us = time[1] * 1000000 + time[2]
  local token = math.max(now_us, (link.kept or 0) + 1, at_least)
  if token > TOKEN_MAX then refuse(token_key, 'the last token there is') end
  return token
end

local function check_links(links_key, service_name)
  redis.call('HGET', links_key, service_name)
end

local function set_claim(pod, token, incarnation)
  redis.call('SET', link_key, pod)
  redis.call('HSET', links_key, service_name, pod)
  redis.call('HSET', token_key, service_name, string.format('%.0f:%s:%s', token, pod, incarnation))
  redis.call('PERSIST', token_key)
end

-- What is left of a claim after its link was removed or became temporary: its number. While a slot moves to another server
-- a script that touches a key it has removed fails half-way: the uid's other claims are counted before.
local function end_claim(link)
  local others = redis.call('HLEN', links_key) - redis.call('HEXISTS', links_key, service_name)
  redis.call('HDEL', links_key, service_name)
  if not link.kept then return end
  if link.owner ~= '' then
    redis.call('HSET', token_key, service_name, string.format('%.0f::', link.kept))
  end
  if others == 0 and redis.call('PTTL', token_key) == -1 then
    redis.call('EXPIRE', token_key, TOKEN_KEPT_SECONDS)
  end
end

local function set_temporary(link, pod, seconds)
  redis.call('SET', link_key, pod, 'EX', seconds)
  end_claim(link)
end
