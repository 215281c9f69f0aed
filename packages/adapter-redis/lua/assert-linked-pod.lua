-- Puts back a claim that the store lost, with exactly its token; refused where a greater one is kept, or where a link of
-- another pod stands.
--
-- KEYS
--   1 link    string  the linked podId
--   2 links   hash    the uid's claims, service → podId
--   3 token   hash    the uid's token records, by service
-- ARGV
--   1 serviceName
--   2 podId
--   3 incarnation     empty when unnamed
--   4 token
-- Reply
--   { linked 0|1, podId in force or nil, podId linked before or nil, token of the claim in force or nil }

-- @include refuse
local link_key, links_key, token_key = KEYS[1], KEYS[2], KEYS[3]
local service_name, pod, incarnation, token = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
-- @include link

local link = read_link(link_key, token_key, service_name)
check_links(links_key, service_name)

if (link.pod and link.pod ~= pod) or (link.kept and link.kept > token) then
  return { 0, link.pod, link.pod, link.token or false }
end
set_claim(pod, token, incarnation)
return { 1, pod, link.pod, token }
