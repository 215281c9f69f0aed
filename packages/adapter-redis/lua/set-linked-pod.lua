-- Links unconditionally; a claim gets a token of its own and no incarnation.
--
-- KEYS
--   1 link    string  the linked podId
--   2 links   hash    the uid's claims, service → podId
--   3 token   hash    the uid's token records, by service
-- ARGV
--   1 serviceName
--   2 podId
--   3 persistSeconds  -1 for a claim
-- Reply
--   the podId linked before, or nil

-- @include refuse
local link_key, links_key, token_key = KEYS[1], KEYS[2], KEYS[3]
local service_name, pod, persist_seconds = ARGV[1], ARGV[2], tonumber(ARGV[3])
-- @include link

local link = read_link(link_key, token_key, service_name)
check_links(links_key, service_name)

if persist_seconds == -1 then
  set_claim(pod, next_token(link, token_key, 0), '')
else
  set_temporary(link, pod, persist_seconds)
end
return link.pod
