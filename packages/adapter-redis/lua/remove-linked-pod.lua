-- Removes a link, or gives it a time to live, if it is the given one. If that ends a claim without its token, an event is
-- published to the owner.
--
-- KEYS
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
--   3 links   hash    the uid's claims, service → podId
-- ARGV
--   1 serviceName
--   2 podId           empty for any
--   3 token           empty for any, a temporary link too
--   4 onlyIfTemporary 0|1
--   5 keepSeconds     0 to delete
--   6 channel         of a pod's own, without the podId
--   7 uid
-- Reply
--   1 if there was such a link, else 0

-- @include refuse
-- @include link
local service_name, pod, token, only_if_temporary = ARGV[1], ARGV[2], ARGV[3], ARGV[4] == '1'
local keep_seconds, channel, uid = tonumber(ARGV[5]), ARGV[6], ARGV[7]
local link = read_link(KEYS, service_name)

if not link.pod then
  -- The link's key may be lost while the uid's list still has the claim.
  if pod == '' then end_claim(link) end
  return 0
end
if pod ~= '' and link.pod ~= pod then return 0 end
if token ~= '' and link.token ~= tonumber(token) then return 0 end
if only_if_temporary and link.claim then return 0 end
if keep_seconds > 0 then
  keep_for(link, keep_seconds)
else
  redis.call('DEL', link.key)
  end_claim(link)
end
if link.claim and token == '' then publish_claim_ended(link, channel, uid) end
return 1
