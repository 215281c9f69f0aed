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
--   7 why             the letter of a reason; empty: 't' for a claim, else 'r'
--   8 by              who asks for it, encoded; empty if unnamed
--   9 unservedMs      for how long nobody has served the user; empty if unknown
--   10 despitePin     the pod of a pin to ignore; empty for none
--   11 diedAt         when the owner died, if the user may be the cause; else empty
--   12 othersFell     how many other pods fell near that; empty for none
--   13 poison         what to do with a user of too many deaths: 'quarantine', 'forgive', or empty to ask
-- Reply
--   { linked 0|1, podId in force or nil, podId of the pin or 'q<until>' that refused it, 's' if the user is suspected, or nil }

-- @include refuse
-- @include link
-- @include poison
local service_name, from, to, persist_seconds = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local only_if_temporary, if_token, why, by, unserved_ms = ARGV[5] == '1', ARGV[6], ARGV[7], ARGV[8], tonumber(ARGV[9])
local link = read_link(KEYS, service_name)

if link.pod == to then return { 1, to } end
if link.pod ~= from then return { 0, link.pod } end
if link.claim then
  local expected = link.token == tonumber(if_token)
  if only_if_temporary or if_token == '' or not expected then return { 0, link.pod } end
end
local refused = placement_refused(link, to, ARGV[10])
if refused then return { 0, link.pod, refused } end
local died_at, others_fell, poison = tonumber(ARGV[11]), tonumber(ARGV[12]) or 0, ARGV[13]
if died_at and link.token then
  local deaths = deaths_after(link, died_at, others_fell)
  if #deaths >= DEATHS_MAX and poison == 'quarantine' then return { 0, false, quarantine(link) } end
  if #deaths >= DEATHS_MAX and poison == 'forgive' then deaths = {} end
  write_deaths(link, deaths)
  if #deaths >= DEATHS_MAX then return { 0, link.pod, 's' } end
end
if why == '' then why = link.claim and 't' or 'r' end
set_temporary(link, to, persist_seconds, timed_reason(why, now, by), unserved_ms and math.max(0, now - unserved_ms))
return { 1, to }
