-- Links if there is no link. A temporary link is extended, never shortened. A temporary link to the same pod becomes a claim if
-- persistSeconds says so. A claim is left as it is.
--
-- KEYS
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
--   3 links   hash    the uid's claims, service → podId
-- ARGV
--   1 serviceName
--   2 podId
--   3 persistSeconds  -1 for a claim
--   4 despitePin      the pod of a pin to ignore; empty for none
-- Reply
--   { created 0|1, podId in force, ms to live or -1, of a claim: token or nil, incarnation or nil, leaseMs or nil,
--     reason or nil }
--   { 'REFUSED', podId of the pin or 'q<until>' } if there is no link, and the user is pinned to another pod or quarantined

-- Usual outcome
--   1 created: without any key of the uid there is nothing to read or repair

-- @usual
if ARGV[3] == '-1' or redis.call('EXISTS', KEYS[1], KEYS[2], KEYS[3]) ~= 0 then return nil end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
-- @else
-- @include refuse
-- @include link
local service_name, pod, persist_seconds = ARGV[1], ARGV[2], tonumber(ARGV[3])
local link = read_link(KEYS, service_name)

local refused = not link.pod and placement_refused(link, pod, ARGV[4])
if refused then return { 'REFUSED', refused } end
if link.claim then
  return { 0, link.pod, -1, claim_fields(link) }
end
if persist_seconds == -1 and (not link.pod or link.pod == pod) then
  local token = next_token(link, 0)
  local reason = link.pod and reason_to_claim(link, pod, token) or claims_reason(token, 'p', now, '')
  set_claim(link, pod, token, '', '', reason)
  return { link.pod and 0 or 1, pod, -1, spelled(token), false, false, reason }
end
local reason = link.reason or false
if not link.pod then
  set_temporary(link, pod, persist_seconds)
  return { 1, pod, persist_seconds * 1000 }
end
if link.ttl_ms < persist_seconds * 1000 then
  redis.call('EXPIRE', link.key, persist_seconds)
  return { 0, link.pod, persist_seconds * 1000, false, false, false, reason }
end
return { 0, link.pod, link.ttl_ms, false, false, false, reason }
