-- Puts back a claim that the store lost, with exactly its token; refused where a greater one is kept, or where a link of
-- another pod stands.
--
-- KEYS, for each item
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
--   3 links   hash    the uid's claims, service → podId
-- ARGV, for each item
--   1 serviceName
--   2 podId
--   3 incarnation     empty when unnamed
--   4 token
-- Reply, for each item
--   { linked 0|1, podId in force or nil, podId linked before or nil, token of the claim in force or nil }

-- @include refuse
-- @include link
local service_name, pod, incarnation, token = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local link = read_link(KEYS, service_name)

if (link.pod and link.pod ~= pod) or (link.kept and link.kept > token) then
  return { 0, link.pod, link.pod, spelled(link.token) }
end
set_claim(link, pod, token, incarnation)
return { 1, pod, link.pod, spelled(token) }
