-- Reads a link.
--
-- KEYS
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
-- ARGV
--   1 serviceName
-- Reply
--   { podId or nil, ms to live or -1, token or nil, incarnation or nil, leaseMs or nil, reason or nil,
--     token of an ended record or nil }

-- @include refuse
-- @include link
local link = read_link(KEYS, ARGV[1])
local token, incarnation, lease_ms, reason = claim_fields(link)
return { link.pod, link.ttl_ms, token, incarnation, lease_ms, reason, link.owner == '' and spelled(link.kept) }
