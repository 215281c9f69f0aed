-- Replaces a link to one pod by a temporary link to another: compare-and-set. If the link already names the other pod, that is
-- a success and changes nothing.
--
-- KEYS
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
--   3 links   hash    the uid's claims, service → podId
-- ARGV
--   1 serviceName
--   2 from
--   3 to
--   4 persistSeconds
--   5 onlyIfTemporary 0|1
--   6 ifToken         empty to replace no claim; 'none' for a claim without a token
-- Reply
--   { linked 0|1, podId in force or nil }

-- @include refuse
-- @include link
local service_name, from, to, persist_seconds = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local only_if_temporary, if_token = ARGV[5] == '1', ARGV[6]
local link = read_link(KEYS, service_name)

if link.pod == to then return { 1, to } end
if link.pod ~= from then return { 0, link.pod } end
if link.claim then
  local expected = link.token == tonumber(if_token)
  if only_if_temporary or if_token == '' or not expected then return { 0, link.pod } end
end
set_temporary(link, to, persist_seconds)
return { 1, to }
