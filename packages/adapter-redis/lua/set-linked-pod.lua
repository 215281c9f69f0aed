-- Links unconditionally; a claim gets a token of its own and no incarnation.
--
-- KEYS, for each item
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
--   3 links   hash    the uid's claims, service → podId
-- ARGV, for each item
--   1 serviceName
--   2 podId
--   3 persistSeconds  -1 for a claim
-- Reply, for each item
--   the podId linked before, or nil

-- @include refuse
-- @include link
local service_name, pod, persist_seconds = ARGV[1], ARGV[2], tonumber(ARGV[3])
local link = read_link(KEYS, service_name)

if persist_seconds == -1 then
  set_claim(link, pod, next_token(link, 0), '')
else
  set_temporary(link, pod, persist_seconds)
end
return link.pod
