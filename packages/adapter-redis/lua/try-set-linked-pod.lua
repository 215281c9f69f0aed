-- Links unless another pod has a claim. A claim of the same pod and incarnation keeps its token, unless that is below minToken.
--
-- With assertToken it restores a claim that the store lost, with exactly that token. It is refused if the record has a greater
-- token, or this one without an owner.
--
-- KEYS
--   1 link    string  the linked podId
--   2 token   hash    the uid's token records, by service
--   3 links   hash    the uid's claims, service → podId
-- ARGV
--   1 serviceName
--   2 podId
--   3 persistSeconds  -1 for a claim
--   4 incarnation     empty when unnamed
--   5 leaseMs         empty when unnamed
--   6 minToken        0 for none
--   7 assertToken     empty for none
--   8 condition       empty; 'named': only if the link names this pod; 'claimed': only if it is a claim of this pod
--   9 despitePin      the pod of a pin to ignore; empty for none
-- Reply
--   { linked 0|1, podId in force or nil, podId linked before or nil, token of the claim in force or nil,
--     ms for which nobody served the user or nil, podId of the pin or 'q<until>' that refused it or nil }
--   { 'FENCED', the record's incarnation, of a later run of this pod }

-- Usual outcomes: a first claim, whose token is the time in µs
--   1 of a user without a link
--   2 of a user with a link to this pod

-- @usual
if ARGV[3] ~= '-1' or ARGV[7] ~= '' or ARGV[8] ~= '' or tonumber(ARGV[6]) > now_us
    or redis.call('EXISTS', KEYS[2], KEYS[3]) ~= 0 then
  return nil
end
local linked = redis.call('MGET', KEYS[1])[1]
if linked ~= ARGV[2] and (linked or redis.call('EXISTS', KEYS[1]) ~= 0) then return nil end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
redis.call('HSET', KEYS[2], ARGV[1],
  string.format('%.0f:%s:%s%s:%s', now_us, ARGV[2], linked and 'p' or 'c', ARGV[5], ARGV[4]))
return linked and 2 or 1
-- @else
-- @include refuse
-- @include incarnation
-- @include link
local service_name, pod, persist_seconds, incarnation, lease_ms = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
local min_token, asserted, condition = tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8]
local link = read_link(KEYS, service_name)
local refused = { 0, link.pod, link.pod, spelled(link.token) }

if link.claim and link.pod ~= pod then return refused end
local met = link.owner == pod and link.owner_incarnation or ''
if persist_seconds == -1 and incarnation ~= '' and met ~= '' and met ~= incarnation then
  local own, other = parse_incarnation(incarnation), parse_incarnation(met)
  if own.id ~= other.id and is_earlier_run(own, other) then return { 'FENCED', met } end
end
if condition ~= '' and link.pod ~= pod then return refused end
if condition == 'claimed' and not link.claim then return refused end
local refusal = link.pod ~= pod and not asserted and placement_refused(link, pod, ARGV[9])
if refusal then return { 0, link.pod, link.pod, false, false, refusal } end

if persist_seconds ~= -1 then
  if link.pod == pod then keep_for(link, persist_seconds) else set_temporary(link, pod, persist_seconds) end
  return { 1, pod, link.pod, false }
end
local token, reason = asserted or link.token, nil
if asserted then
  local ended = link.owner == '' and link.kept == asserted
  if ended or (link.kept or 0) > asserted then return refused end
  local known = (link.token or link.owner == pod and link.kept == asserted) and link.owner_reason
  if known then
    reason = claims_reason(token, parts_of(known, link.kept))
  else
    reason = claims_reason(token, 's', now, '')
  end
elseif not token or link.incarnation ~= incarnation or token < min_token then
  token = next_token(link, min_token)
else
  lease_ms = link.lease_ms
end
local is_new = token ~= link.token
set_claim(link, pod, token, incarnation, lease_ms, reason or reason_to_claim(link, pod, token))
local gap_ms = is_new and not asserted and link.pod == pod and link.unserved and math.max(0, now - link.unserved) or false
return { 1, pod, link.pod, spelled(token), gap_ms }
