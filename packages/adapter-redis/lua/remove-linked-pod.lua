-- Removes a link, or gives it a time to live, if it is the one that is meant.
--
-- KEYS, for each item
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
--   3 links   hash    the uid's claims, service → podId
-- ARGV, for each item
--   1 serviceName
--   2 podId           empty for any
--   3 token           empty for any, a temporary link too
--   4 keepSeconds     0 to delete
-- Reply, for each item
--   1 if there was such a link, else 0

-- @include refuse
-- @include link
local service_name, pod, token, keep_seconds = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local link = read_link(KEYS, service_name)

if not link.pod then
  -- A claim whose key vanished by itself is still in the uid's list.
  if pod == '' and token == '' then end_claim(link) end
  return 0
end
if pod ~= '' and link.pod ~= pod then return 0 end
if token ~= '' and link.token ~= tonumber(token) then return 0 end
if keep_seconds > 0 then
  set_temporary(link, link.pod, keep_seconds)
else
  redis.call('DEL', link.key)
  end_claim(link)
end
return 1
