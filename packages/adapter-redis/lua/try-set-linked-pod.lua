-- Links unless a claim of another pod stands. A standing claim of the same pod and incarnation keeps its token, if that
-- is not below minToken.
--
-- KEYS, for each item
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
--   3 links   hash    the uid's claims, service → podId
-- ARGV, for each item
--   1 serviceName
--   2 podId
--   3 persistSeconds  -1 for a claim
--   4 incarnation     empty when unnamed
--   5 minToken        0 for none
-- Reply, for each item
--   { linked 0|1, podId in force, podId linked before or nil, token of the claim in force or nil }

-- @include refuse
-- @include link
local service_name, pod, persist_seconds = ARGV[1], ARGV[2], tonumber(ARGV[3])
local incarnation, min_token = ARGV[4], tonumber(ARGV[5])
local link = read_link(KEYS, service_name)

if link.claim and link.pod ~= pod then
  return { 0, link.pod, link.pod, spelled(link.token) }
end
if persist_seconds ~= -1 then
  set_temporary(link, pod, persist_seconds)
  return { 1, pod, link.pod, false }
end
local token = link.token
if not token or link.incarnation ~= incarnation or token < min_token then
  token = next_token(link, min_token)
end
set_claim(link, pod, token, incarnation)
return { 1, pod, link.pod, spelled(token) }
