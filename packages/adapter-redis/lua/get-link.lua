-- Reads a link.
--
-- KEYS
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
-- ARGV
--   1 serviceName
--   2 withPin         0|1
-- Reply
--   { podId or nil, ms to live or -1, token or nil, incarnation or nil, leaseMs or nil, reason or nil,
--     token of an ended record or nil, podId of the pin or nil, its time, its by, encoded,
--     until when the user is quarantined or nil }

-- @include refuse
-- @include link
local link = read_link(KEYS, ARGV[1])
local token, incarnation, lease_ms, reason = claim_fields(link)
local pin, pinned_at, pinned_by, _, over_at
if ARGV[2] == '1' then
  pin, pinned_at, pinned_by = read_pin(link)
  _, over_at = read_poison(link)
end
return { link.pod, link.ttl_ms, token, incarnation, lease_ms, reason, link.owner == '' and spelled(link.kept),
  pin or false, pinned_at or false, pinned_by or false, spelled(over_at) }
