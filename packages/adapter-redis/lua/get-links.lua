-- Reads links of one service.
--
-- KEYS, for each uid
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
-- ARGV
--   1 serviceName
-- Reply
--   for each uid { podId or nil, ms to live or -1, token or nil, incarnation or nil }

-- @include refuse
local service_name = ARGV[1]
-- @include link

local links = {}
for at = 1, #KEYS, 2 do
  local link = read_link(KEYS[at], KEYS[at + 1], service_name)
  links[#links + 1] = { link.pod, link.ttl_ms, link.token or false, link.incarnation or false }
end
return links
