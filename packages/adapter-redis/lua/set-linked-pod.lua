-- Links unconditionally; a claim gets a new token. If that ends a pod's claim, an event is published to the pod.
--
-- KEYS
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
--   3 links   hash    the uid's claims, service → podId
-- ARGV
--   1 serviceName
--   2 podId
--   3 persistSeconds  -1 for a claim
--   4 incarnation     empty when unnamed
--   5 leaseMs         empty when unnamed
--   6 minToken        0 for none
--   7 channel         of a pod's own, without the podId
--   8 uid
--   9 by              who asks for it, encoded; empty if unnamed
-- Reply
--   { podId linked before or nil, token of the claim or nil }

-- @include refuse
-- @include link
local service_name, pod, persist_seconds, incarnation, lease_ms = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local min_token, channel, uid, by = tonumber(ARGV[6]), ARGV[7], ARGV[8], ARGV[9]
local link = read_link(KEYS, service_name)

local token
if persist_seconds == -1 then
  token = next_token(link, min_token)
  set_claim(link, pod, token, incarnation, lease_ms, claims_reason(token, 'f', now, by))
else
  set_temporary(link, pod, persist_seconds, timed_reason('f', now, by))
end
if link.claim and not (token and link.pod == pod) then publish_claim_ended(link, channel, uid) end
return { link.pod, spelled(token) }
